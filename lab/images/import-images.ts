import { execa } from 'execa';

import { containerdSocket } from '../node/containerd.ts';
import { nodeEnvironment, onNode } from '../node/enter.ts';
import type { Image } from './image.ts';

/** Puts images into the store of the node's containerd, under their digests. Safe to repeat. */
export async function importImages(keeperPid: number, images: readonly Image[]): Promise<void> {
  for (const { directory } of images) {
    const ctr = ['ctr', '--address', containerdSocket, '--namespace', 'k8s.io'];
    const argv = onNode(keeperPid, [...ctr, 'images', 'import', '-']);
    const load = execa('nsenter', argv, nodeEnvironment);
    await execa('tar', ['--create', '--directory', directory, '.'], { buffer: false }).pipe(load);
  }
}
