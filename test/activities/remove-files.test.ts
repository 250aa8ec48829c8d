import { rm } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { removeFilesStep } from '../../src/activities/remove-files.ts';
import { startScript } from '../../src/script/start-script.ts';
import { waitUntil } from '../../src/testing/index.ts';
import { useSteps } from './step-bench.ts';

describe('removing what a take made', () => {
  const bench = useSteps();
  const remove = async () => await removeFilesStep(bench.input, bench.context);
  const directories = async () => {
    const found = await bench.cluster.node().find('/home/core/assets/backup');
    return found.filter((path) => path.startsWith(bench.paths.root));
  };

  test('ends its script before its directory goes, and may be repeated', async () => {
    await bench.makeTake();
    await bench.putScript('#!/bin/sh\necho $$ > ../pid\nexec sleep 1000\n');
    const { signal } = bench.context;
    await startScript(
      await bench.shell(),
      bench.input.take,
      ['/usr/local/bin/cluster-backup.sh'],
      signal,
    );
    const pid = await waitUntil('the script', async () => {
      const { stdout } = await bench.cluster.node().run(['cat', `${bench.paths.root}/pid`]);
      return stdout === '' ? undefined : stdout.trim();
    });
    expect(await remove()).toEqual({ leftovers: [] });
    expect((await bench.cluster.node().run(['kill', '-0', pid])).exitCode).not.toBe(0);
    expect(await directories()).toEqual([]);
    expect(await remove()).toEqual({ leftovers: [] });
  });

  test('gives up its unfinished uploads, and nobody else’s', async () => {
    const { resolver, signal } = bench.context;
    const store = resolver.store('primary');
    const begin = async (key: string) =>
      await store.begin({ key, sizeBytes: 10, partSizeBytes: 10 }, signal);
    await begin(`demo/${bench.input.run.id}/snapshot.db`);
    const other = await begin('demo/20250101T000000Z-zzzzzzzzzzzz/snapshot.db');
    expect(await remove()).toEqual({ leftovers: [] });
    expect(await store.listUploads('', signal)).toEqual([other]);
  });

  test('tells of files that are stored whole, until a record says what they are', async () => {
    const { resolver, signal } = bench.context;
    const store = resolver.store('primary');
    const folder = `demo/${bench.input.run.id}`;
    await store.create(`${folder}/snapshot.db`, Buffer.from('bytes'), signal);
    await store.create('demo/20250101T000000Z-zzzzzzzzzzzz/snapshot.db', Buffer.from('x'), signal);
    expect(await remove()).toEqual({
      leftovers: [
        {
          what: 'stored file without a manifest',
          where: `primary/${folder}/snapshot.db`,
          nextStep: expect.stringContaining('etcd-backup list demo --all'),
        },
      ],
    });
    await store.create(`${folder}/manifest.json`, Buffer.from('{}'), signal);
    expect(await remove()).toEqual({ leftovers: [] });
  });

  test('does not keep the copy of etcd on the node because a store is away', async () => {
    await bench.makeTake();
    await rm(bench.stores.primary, { recursive: true });
    expect(await remove()).toEqual({
      leftovers: [expect.objectContaining({ where: `primary/demo/${bench.input.run.id}/` })],
    });
    expect(await directories()).toEqual([]);
  });

  test('with keep stops the script and marks the files to stay, with their uploads and without the proxy', async () => {
    const { resolver, signal } = bench.context;
    const store = resolver.store('primary');
    const key = `demo/${bench.input.run.id}/snapshot.db`;
    const upload = await store.begin({ key, sizeBytes: 10, partSizeBytes: 10 }, signal);
    await bench.makeTake();
    const node = bench.cluster.node();
    await node.writeFile(`${bench.paths.backup}/snapshot.db`, 'bytes');
    await node.writeFile(bench.paths.environment, "HTTPS_PROXY='http://user:canary@proxy'\n");
    const keep = async () => await removeFilesStep({ ...bench.input, keep: true }, bench.context);
    expect(await keep()).toEqual({ leftovers: [] });
    expect(await keep()).toEqual({ leftovers: [] });
    expect(await store.listUploads('', signal)).toEqual([upload]);
    const { root, backup } = bench.paths;
    const found = await directories();
    expect(found).toEqual(expect.arrayContaining([`${root}/kept`, `${backup}/snapshot.db`]));
    expect(found).not.toContain(bench.paths.environment);
  });
});
