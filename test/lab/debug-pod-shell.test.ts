import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { labDown, labUp } from '../../lab/index.ts';
import { debugSession } from '../../src/contracts/debug-session.ts';
import { clusterApi } from '../../src/kubernetes/api.ts';
import { debugPodShell } from '../../src/node/debug-pod-shell.ts';
import { endDebugPod, ensureDebugPod } from '../../src/node/debug-session.ts';
import { nodeShellConformance } from '../node/conformance.ts';
import { startTcpRelay } from './tcp-relay.ts';

const owner = { run: 'abcdefghijkl', cluster: 'lab', take: 1 };
const { signal } = new AbortController();

// The lab's node keeps its disk in memory, and would not outlive a reboot.
nodeShellConformance(
  'the debug pod on a real kubelet',
  async () => {
    await labDown();
    const lab = await labUp();
    const directory = await mkdtemp(join(tmpdir(), 'etcd-backup-lab-shell-'));
    const relay = await startTcpRelay({ host: lab.nodeAddress, port: 6443 });
    const kubeconfig = await readFile(lab.backupKubeconfigPath, 'utf8');
    const file = join(directory, 'kubeconfig');
    const here = `https://127.0.0.1:${relay.port}`;
    await writeFile(file, kubeconfig.replace(lab.apiServerUrl, here), { mode: 0o600 });
    const connection = { kubeconfig: { file } };
    const session = debugSession(owner, {
      namespace: lab.backupNamespace,
      nodeName: lab.nodeName,
      image: lab.etcdImage,
      activeDeadlineSeconds: 600,
    });
    await ensureDebugPod(clusterApi(connection), session, owner, { signal });
    return {
      shell: debugPodShell(connection, session),
      directory: '/home/core',
      breakConnections: () => relay.cut(),
      close: async () => {
        await endDebugPod(clusterApi(connection), session, owner, { signal });
        await relay.close();
        await rm(directory, { recursive: true, force: true });
        await labDown();
      },
    };
  },
  { pod: true, reboot: false },
);
