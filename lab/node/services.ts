import { writeFileSync } from 'node:fs';

import { execa } from 'execa';

import { waitFor } from '../wait-for.ts';
import type { Work } from '../work.ts';
import { containerdSocket } from './containerd.ts';
import { firstProcessOf, nodeEnvironment, onNode, seenFromMachine } from './enter.ts';
import { inittabWithKubelet } from './system-files.ts';

/** Waits until the node's containerd answers. */
export async function containerdReady(keeperPid: number, { signal }: Work): Promise<void> {
  await waitFor({ what: 'containerd ready', timeoutMs: 60_000, signal }, async () => {
    const argv = ['ctr', '--address', containerdSocket, 'version'];
    const options = { ...nodeEnvironment, reject: false };
    const { exitCode, stderr } = await execa('nsenter', onNode(keeperPid, argv), options);
    return exitCode === 0 ? undefined : stderr.trim();
  });
}

/** Starts the kubelet, and with it the static pods. Their images must be there. */
export function startKubelet(keeperPid: number): void {
  writeFileSync(seenFromMachine(keeperPid, '/etc/inittab'), inittabWithKubelet);
  // busybox init reads its table again.
  process.kill(firstProcessOf(keeperPid), 'SIGHUP');
}
