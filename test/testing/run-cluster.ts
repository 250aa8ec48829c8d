// usage: run-cluster.ts MARKER        starts a cluster with a process that sleeps MARKER seconds, and stays
//        run-cluster.ts MARKER UID    as this user, when root may choose: runs one command in a pod, and ends
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setInterval } from 'node:timers';

import { startStandInCluster } from '../../src/testing/index.ts';
import { debugPod, exec, runPod } from './clients.ts';

const [marker = '', uid] = process.argv.slice(2);

// After the modules are read, so that this user need not be able to read them.
if (uid !== undefined && process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}

const cluster = await startStandInCluster();
await runPod(cluster, debugPod(cluster, 'shell'));

if (uid === undefined) {
  const detach = `setsid nohup sleep ${marker} >/dev/null 2>&1 </dev/null &`;
  await exec(cluster, { pod: 'shell' }, ['chroot', '/host', 'sh', '-c', detach]);
  console.log('running');
  setInterval(() => {}, 60_000);
} else {
  const command = ['chroot', '/host', 'sh', '-c', 'id -u; touch /etc/mine /home/core/mine'];
  const { stdout, status } = await exec(cluster, { pod: 'shell' }, command);
  await cluster.close();
  const exitCode = status.includes('Success') ? 0 : status;
  const left = readdirSync(tmpdir());
  console.log(
    JSON.stringify({ uid: process.getuid?.(), onNode: stdout.toString(), exitCode, left }),
  );
}
