import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

import { failureCatalogue, failureDetails } from '../../src/index.ts';
import type { BackupRequest, FailureDetails, FailureType, Step } from '../../src/index.ts';
import type { LoggedRequest } from '../../src/testing/index.ts';
import { openScene } from './scene.ts';
import type { Scene } from './scene.ts';

/** Whether this user may mount, and may write wherever modes forbid it. */
export const isRoot: boolean = process.getuid?.() === 0;

/** What a run failed with. */
export type RunFailure = FailureDetails & { readonly type: string };

/**
 * A scene whose configuration has more clusters, each the cluster `demo` but for one fault: `gone`, `wrong-token`,
 * `no-namespace`, `no-store`, `sealed-store`. After each test nothing of its run may be on node, cluster or stores.
 */
export interface BadInput {
  readonly scene: Scene;
  /** The client's requests since the test began. */
  requests(): readonly LoggedRequest[];
  /** How many pods were made since then. */
  podsMade(): number;
  /** How often the vendor's script was started since then. */
  scriptsStarted(): Promise<number>;
  /** Undoes something after the test, before the look at what is left. */
  undo(action: () => unknown): void;
  /** Runs a backup that fails. */
  failed(request?: Partial<BackupRequest>): Promise<RunFailure>;
}

export function useBadInput(): BadInput {
  const parts = new AsyncDisposableStack();
  let mending = new AsyncDisposableStack();
  let scene: Scene;
  let requestsBefore = 0;
  let startsBefore = 0;
  const scriptStarts = async () => (await scene.cluster.node().scriptStarts()).length;
  const requests = () =>
    scene.cluster.requests.slice(requestsBefore).filter(({ user }) => user !== 'node');

  beforeAll(async () => {
    scene = parts.use(await openScene());
    await addClusters(scene, parts);
    await scene.startWorker();
  });
  afterAll(async () => await parts.disposeAsync());

  afterEach(async () => {
    await mending.disposeAsync();
    mending = new AsyncDisposableStack();
    requestsBefore = scene.cluster.requests.length;
    startsBefore = await scriptStarts();
    assert.deepEqual(await scene.leftovers(), []);
    assert.deepEqual([await scene.stored('primary'), await scene.stored('vault')], [[], []]);
  });

  return {
    get scene() {
      return scene;
    },
    requests,
    podsMade: () =>
      requests().filter(
        ({ verb, resource, status }) => verb === 'create' && resource === 'pods' && status === 201,
      ).length,
    scriptsStarted: async () => (await scriptStarts()) - startsBefore,
    undo: (action) => mending.defer(async () => void (await action())),
    failed: async (request) => {
      const handle = await scene.start(request);
      return await failureOf(handle.result());
    },
  };
}

/** What a run failed with, as its client sees it. */
export async function failureOf(result: Promise<unknown>): Promise<RunFailure> {
  const error: unknown = await result.catch((caught: unknown) => caught);
  if (!(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)) {
    throw new Error('expected a failure of the catalogue', { cause: error });
  }
  const { cause } = error;
  assert.equal(cause.message, failureDetails(cause).observed);
  return { type: cause.type ?? '', ...failureDetails(cause) };
}

/** A failure that says what was observed, in which step, with the catalogue's next step and nothing left behind. */
export function explained(type: FailureType, step: Step, observed: RegExp): object {
  const { nextStep } = failureCatalogue[type];
  return { type, step, observed: expect.stringMatching(observed), nextStep };
}

/** The same with a next step that knows more than the catalogue. */
export function advised(type: FailureType, step: Step, observed: RegExp, nextStep: RegExp): object {
  return { ...explained(type, step, observed), nextStep: expect.stringMatching(nextStep) };
}

async function addClusters(
  { cluster, directory, configFile }: Scene,
  parts: AsyncDisposableStack,
): Promise<void> {
  const kubeconfig = async (name: string, from: string, to: string) => {
    const file = join(directory, name);
    await writeFile(file, cluster.kubeconfig.replace(from, to));
    return { kubeconfig: { file } };
  };
  const sealed = join(directory, 'sealed');
  await mkdir(sealed);
  if (isRoot) {
    await execa('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'etcd-backup-test', sealed]);
    parts.defer(async () => void (await execa('umount', [sealed])));
  } else {
    await chmod(sealed, 0o500);
  }

  const config: { clusters: Record<string, object>; stores: Record<string, object> } = JSON.parse(
    await readFile(configFile, 'utf8'),
  );
  const like = (changes: object) => ({ ...config.clusters['demo'], ...changes });
  const keysIn = (staticKubeResources: string) =>
    like({ stores: { snapshot: 'primary', staticKubeResources } });
  Object.assign(config.clusters, {
    gone: like(await kubeconfig('gone', cluster.server, 'https://127.0.0.1:1')),
    'wrong-token': like(await kubeconfig('wrong-token', cluster.token, 'sha256~wrong')),
    'no-namespace': like({ namespace: 'nowhere' }),
    'no-store': keysIn('absent'),
    'sealed-store': keysIn('sealed'),
  });
  Object.assign(config.stores, {
    absent: { directory: join(directory, 'absent') },
    sealed: { directory: sealed },
  });
  await writeFile(configFile, JSON.stringify(config));
}
