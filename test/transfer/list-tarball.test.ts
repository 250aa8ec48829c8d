import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { judgeTarball } from '../../src/snapshot/tarball.ts';
import { listTarball } from '../../src/transfer/list-tarball.ts';
import { contentOf } from '../store/content.ts';
import { createLocalShell } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

const { signal } = new AbortController();

describe('a tarball on the node', () => {
  const node = useNodeDirectory();
  let path: string;

  beforeEach(async () => {
    path = join(node.path, 'static_kuberesources_1.tar.gz');
    const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];
    for (const pod of pods) {
      const secret = join(node.path, `root/static-pod-resources/${pod}-pod-3/secrets/a/tls.key`);
      await mkdir(dirname(secret), { recursive: true });
      await writeFile(secret, contentOf(pod, 20_000));
    }
    execFileSync('tar', ['-czf', path, '-C', join(node.path, 'root'), 'static-pod-resources']);
  });

  test('is listed down to what is inside of each pod', async () => {
    const listing = await listTarball(createLocalShell(), path, signal);
    expect(listing).toMatchObject({
      outcome: 'listed',
      entries: expect.arrayContaining(['static-pod-resources/etcd-pod-3/secrets']),
    });
    expect(JSON.stringify(listing)).not.toContain('tls.key');
    const entries = listing.outcome === 'listed' ? listing.entries : [];
    expect(judgeTarball(entries)).toMatchObject({ outcome: 'passed' });
  });

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['with a flipped bit', (bytes) => bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 1)],
    ['that is none', () => contentOf('none', 5000)],
    ['of nothing', () => Buffer.alloc(0)],
  ])('%s is told from a whole one', async (_, alter) => {
    await writeFile(path, alter(await readFile(path)));
    const listing = await listTarball(createLocalShell(), path, signal);
    expect(listing).toEqual({ outcome: 'unreadable', observed: expect.stringMatching(/./) });
  });

  test('that is not there is unreadable', async () => {
    const listing = await listTarball(createLocalShell(), `${path}.absent`, signal);
    expect(listing).toMatchObject({ outcome: 'unreadable' });
  });
});
