import { expect, test } from 'vitest';

import { certificateAuthority, issue } from '../../../src/testing/certificates.ts';
import type { StandInNode } from '../../../src/testing/index.ts';
import { openReleaseScene } from './release-scene.ts';

/** The backup as the manual has it: from the home of core, into the directory that the script works in as well. */
const byHand = async (node: StandInNode) => {
  const script = 'cd /home/core && exec /usr/local/bin/etcd-snapshot-backup.sh assets/backup';
  return await node.run(['sh', '-c', script]);
};

const cached = ['etcd-client.crt', 'etcd-client.key', 'etcd-ca-bundle.crt'].map(
  (name) => `/home/core/assets/backup/${name}`,
);

test.each(['4.3.1', '4.3.40'])(
  '%s: a client certificate that an earlier run left behind is never used again',
  async (version) => {
    await using scene = await openReleaseScene(version);
    const node = scene.cluster.node();
    expect(await byHand(node)).toMatchObject({ exitCode: 0 });
    // What was copied before the cluster rotated it: etcd no longer knows who signed it.
    const authority = await certificateAuthority('the one before');
    const stale = await issue(authority, { commonName: 'stale', usages: ['clientAuth'] });
    const [certificate = '', key = ''] = cached;
    await node.writeFile(certificate, stale.certificate);
    await node.writeFile(key, stale.key);
    expect((await byHand(node)).exitCode).toBe(5);

    const take = await scene.runTake();
    expect(take.script).toMatchObject({ outcome: 'succeeded' });
    expect(await scene.verify(take)).toMatchObject({ outcome: 'verified' });
  },
);

test.each([
  ['4.3.1', ['combined']],
  ['4.3.40', ['snapshot', 'staticKubeResources']],
])(
  '%s: the private key that the script copies is none of the files of the backup',
  async (version, kinds) => {
    await using scene = await openReleaseScene(version);
    const node = scene.cluster.node();
    await byHand(node);
    expect(await node.find('/home/core/assets/backup')).toEqual(expect.arrayContaining(cached));

    const take = await scene.runTake();
    const { directory } = take.input.take;
    const beside = await node.find(`${directory}/backup`);
    expect(beside).toHaveLength(kinds.length);
    expect(await scene.verify(take)).toMatchObject({
      files: kinds.map((kind) => ({ kind, path: expect.stringMatching(`^${directory}/backup/`) })),
    });
    // It is there, where nothing is ever collected.
    expect(await node.find(directory)).toContain(`${directory}/work/assets/backup/etcd-client.key`);
  },
);

test.each(['4.3.1', '4.3.40'])(
  '%s: takes at the same time and one after another never meet',
  async (version) => {
    await using scene = await openReleaseScene(version);
    const takes = await Promise.all([scene.runTake(), scene.runTake()]);
    takes.push(await scene.runTake());
    const names = takes.map(({ script }) => script.outcome === 'succeeded' && script.fileNames);
    expect(names).not.toContain(false);
    for (const take of takes) {
      expect(await scene.verify(take)).toMatchObject({ outcome: 'verified' });
    }
  },
);
