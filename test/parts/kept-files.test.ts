import { rename } from 'node:fs/promises';

import { WorkflowFailedError } from '@temporalio/client';
import { afterEach, describe, expect, test } from 'vitest';

import type { BackupRequest, Manifest } from '../../src/index.ts';
import { openScene, readStored } from './scene.ts';
import { hourMs, installed, recheck, waiting } from './waiting-run.ts';

let scene: Awaited<ReturnType<typeof openScene>> | undefined;
afterEach(async () => await scene?.[Symbol.asyncDispose]());

const causeOf = (error: unknown): unknown =>
  error instanceof WorkflowFailedError ? error.cause : error;

interface Where {
  readonly nodes?: 1 | 3;
  readonly node?: string;
  readonly beforeFirstCertificateRotation?: 'wait';
}

/** A run whose snapshot store goes away before the upload, and stays away until the deadline. */
async function runWithoutStore(
  keepOnNode: 'never' | 'onUploadFailure',
  { nodes = 1, node = 'master-0', ...config }: Where = {},
) {
  const opened = await openScene({ config: { keepOnNode, ...config }, nodes });
  scene = opened;
  await opened.startWorker();
  const { held } = await opened.hold('uploadSnapshot', 'before');
  const handle = await opened.start({ deadline: '30s', node });
  await held;
  const away = `${opened.stores.primary}-away`;
  await rename(opened.stores.primary, away);
  await opened.release();
  const error = await handle.result().catch((caught: unknown) => caught);
  await rename(away, opened.stores.primary);
  const left = await opened.leftovers();
  return { scene: opened, cause: causeOf(error), left };
}

/** The same, with the name of the run and of its files. */
async function runThatKeeps(where: Where = {}) {
  const { scene, left } = await runWithoutStore('onUploadFailure', where);
  const kept = left.filter((file) => /\/backup\/(snapshot|static_kube)/.test(file));
  const [, run = ''] = /\/([a-z0-9]{12})-1\//.exec(kept[0] ?? '') ?? [];
  const names = kept.map((path) => path.slice(path.lastIndexOf('/') + 1));
  const resume = async (request: Partial<BackupRequest> = {}) =>
    await scene.start({ resume: run, ...request });
  return { scene, run, names, resume };
}

test('a store that stays away until the deadline: the failure names it, and the node is clean', async () => {
  const { cause, left } = await runWithoutStore('never');
  expect(cause).toMatchObject({
    type: 'StoreUnavailable',
    details: [
      {
        step: 'uploadSnapshot',
        observed: expect.stringMatching(/primary.*; no time was left to try again$/),
      },
    ],
  });
  expect(left).toEqual([]);
});

test('with keepOnNode: onUploadFailure the verified files stay, and the failure says where and what next', async () => {
  const { cause, left } = await runWithoutStore('onUploadFailure');
  const kept = left.filter((file) => /\/backup\/(snapshot|static_kube)/.test(file));
  expect(kept).toHaveLength(2);
  const directory = kept[0]?.slice(0, kept[0].lastIndexOf('/'));
  expect(cause).toMatchObject({
    type: 'StoreUnavailable',
    details: [
      {
        leftovers: [
          {
            where: `master-0:${directory}`,
            nextStep: expect.stringMatching(/^etcd-backup resume demo [a-z0-9]{12} goes on/),
          },
        ],
      },
    ],
  });
  expect(left.filter((what) => /^(Pod|Lease)/.test(what))).toEqual([]);
});

describe('a run that resumes another', () => {
  test('completes its backup without a second snapshot, and leaves nothing', async () => {
    const { scene, run, names, resume } = await runThatKeeps();
    const handle = await resume();
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', leftovers: [] });
    expect(result.id).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-${run}$`));
    expect(result.files.map(({ name }) => name)).toEqual(names.toSorted());
    expect(await scene.stored('primary')).toEqual([
      `demo/${result.id}/manifest.json`,
      result.files[0]?.key,
    ]);
    expect(await scene.cluster.node().scriptStarts()).toHaveLength(1);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('says in the manifest who ended a wait of its own, too', async () => {
    const { scene, resume } = await runThatKeeps({ beforeFirstCertificateRotation: 'wait' });
    await installed(scene.cluster, 2 * hourMs);
    const handle = await resume();
    await waiting(handle);
    const decided = { who: 'ada', reason: 'OPS-7: the files are good' };
    const override = { guard: 'firstCertificateRotation', reason: 'taken before' };
    await recheck(handle, { ...decided, overrides: [override] });
    const { manifest } = await handle.result();
    const written: Manifest = JSON.parse(
      (await readStored(scene.stores.primary, manifest.key)).toString(),
    );
    expect(written.run.rechecks).toEqual([{ ...decided, at: expect.stringMatching(/^20\S+Z$/) }]);
  });

  test('asks one node after the other for the files, and says so where none has them', async () => {
    const { scene, resume } = await runThatKeeps({ nodes: 3, node: 'master-1' });
    const elsewhere = await resume({ node: 'master-2' });
    expect(causeOf(await elsewhere.result().catch((error: unknown) => error))).toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('looked on master-2'),
    });
    const result = await (await resume()).result();
    expect(result).toMatchObject({ outcome: 'completed', nodeName: 'master-1' });
    expect(await scene.leftovers()).toEqual([]);
  });

  test('keeps the files when it is cancelled, for the next one', async () => {
    const { scene, resume } = await runThatKeeps();
    const { held } = await scene.hold('uploadStaticKubeResources', 'before');
    const handle = await resume();
    await held;
    await handle.cancel();
    await scene.release();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const left = await scene.leftovers();
    expect(left.filter((file) => /\/backup\/(snapshot|static_kube)/.test(file))).toHaveLength(2);
    expect(await (await resume()).result()).toMatchObject({ outcome: 'completed' });
    expect(await scene.leftovers()).toEqual([]);
  });

  test('of a name that is none fails before anything is touched', async () => {
    scene = await openScene();
    await scene.startWorker();
    const handle = await scene.start({ resume: '../../etc' });
    expect(causeOf(await handle.result().catch((error: unknown) => error))).toMatchObject({
      type: 'ConfigInvalid',
      message: expect.stringContaining('"../../etc", expected its name'),
    });
    expect(await scene.leftovers()).toEqual([]);
  });
});
