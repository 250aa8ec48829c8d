import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { Client, Connection } from '@temporalio/client';

import { labDown, labUp } from '../lab/index.ts';
import type { Lab } from '../lab/index.ts';
import { temporaryDirectory } from '../src/testing/temporary-directory.ts';
import { startVersitygw } from '../test/store/start-versitygw.ts';
import type { RunningVersitygw } from '../test/store/start-versitygw.ts';
import { startTemporal } from '../tools/start-temporal.ts';
import type { Bench } from './bench.ts';
import { configText } from './config-text.ts';
import type { Side, StoreEndpoints } from './config-text.ts';
import { buckets, emptyBuckets } from './buckets.ts';
import { startWorker } from './start-worker.ts';
import type { BenchWorker } from './start-worker.ts';

/** What every bench works with: the lab, a Temporal server, versitygw, and a configuration with a cluster per side. */
export interface BenchScene extends AsyncDisposable {
  readonly lab: Lab;
  readonly client: Client;
  /** Aborted when the bench is to end early, and before the scene takes anything down: end with it. */
  readonly signal: AbortSignal;
  readonly store: RunningVersitygw;
  /** A directory of the system's temporary ones, which ends with the scene. */
  readonly directory: string;
  /** Starts `etcd-backup worker` and waits until it serves. */
  startWorker(): Promise<BenchWorker>;
  /** Removes every object of the store, so that each run finds the same room. */
  emptyStore(): Promise<void>;
}

/** Options of {@link openBenchScene}. */
export interface BenchSceneOptions {
  readonly sides: Readonly<Record<string, Side>>;
  /** Where the store keeps its objects: in memory, or on a disk for what does not fit there. @default memory */
  readonly storeOn?: 'memory' | 'disk';
  /** Stands between the worker and versitygw, whose endpoint it is given; returns its own. @default nothing does */
  readonly before?: (endpoint: string, parts: AsyncDisposableStack) => Promise<string>;
}

/** Brings up a lab of this checkout, whatever there was, and opens a scene on it; disposing takes all of it down. */
export async function openBenchScene(
  { say, signal }: Bench,
  options: BenchSceneOptions,
): Promise<BenchScene> {
  const parts = new AsyncDisposableStack();
  try {
    await labDown(say);
    parts.defer(async () => await labDown(say));
    return await build(parts, await labUp({ progress: say, signal }), options, signal);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function build(
  parts: AsyncDisposableStack,
  lab: Lab,
  { sides, storeOn = 'memory', before = async (endpoint) => endpoint }: BenchSceneOptions,
  signal: AbortSignal,
): Promise<BenchScene> {
  const directory = await makeDirectory(parts, tmpdir());
  const temporal = await startTemporal();
  parts.defer(async () => await temporal.kill());
  const connection = await Connection.connect({ address: temporal.address });
  parts.defer(async () => await connection.close());

  const storeDirectory = await makeDirectory(parts, storeOn === 'memory' ? '/dev/shm' : tmpdir());
  // Where the node reaches it too.
  const address = lab.machineAddress;
  const store = await startVersitygw({ directory: storeDirectory, address, concurrency: 16 });
  parts.defer(async () => await store.close());
  for (const bucket of buckets) await store.makeBucket(bucket);

  const endpoints: StoreEndpoints = {
    endpoint: await before(store.endpoint, parts),
    region: store.region,
    credentialsFile: store.credentialsFile,
  };
  const configFile = join(directory, 'etcd-backup.yaml');
  await writeFile(configFile, configText(lab, endpoints, sides));
  const ending = new AbortController();
  parts.defer(async () => {
    ending.abort(new Error('the scene ends'));
    // What waits for Temporal would ask again, on a connection that is no more.
    await nextTurn();
  });
  return {
    lab,
    client: new Client({ connection }),
    signal: AbortSignal.any([signal, ending.signal]),
    store,
    directory,
    async startWorker() {
      const worker = await startWorker(configFile, temporal.address);
      parts.defer(async () => await worker.kill());
      return worker;
    },
    emptyStore: async () => await emptyBuckets(store.client),
    [Symbol.asyncDispose]: async () => await parts.disposeAsync(),
  };
}

async function makeDirectory(parts: AsyncDisposableStack, base: string): Promise<string> {
  const directory = await temporaryDirectory('bench', base);
  parts.defer(async () => await rm(directory, { recursive: true, force: true }));
  return directory;
}
