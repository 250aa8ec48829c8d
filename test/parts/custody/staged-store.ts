import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { BackupStore } from '../../../src/store/backup-store.ts';
import { temporaryDirectory } from '../../../src/testing/temporary-directory.ts';
import type { S3Operation } from '../../store/fake-bucket.ts';
import { startFaultyS3 } from '../../store/faulty-s3.ts';
import type { FaultyS3 } from '../../store/faulty-s3.ts';
import type { Fault } from '../../store/faulty-server.ts';
import { filesBelow } from '../files-below.ts';
import type { CustodyRun } from './custody-run.ts';
import type { StoreFault } from './draw-store-faults.ts';
import { openStore } from './store-place.ts';
import type { StorePlace } from './store-place.ts';
import { unreliability } from './unreliable-store.ts';

/** An empty store for one run, as the test sees it: not through the product. */
export interface StagedStore extends AsyncDisposable {
  readonly place: StorePlace;
  /** The checksum of an object over those of its parts, as its server keeps it; absent where it has none. */
  readonly saidOfParts: (key: string) => string | undefined;
  /** Does this to the next such request to its server, where it has one. */
  failOnce(operation: S3Operation, fault: Fault): void;
  /** As a worker of this process has it. */
  open(): BackupStore;
  /** Everything in it by name, what is unfinished included; but for the one object that proves what a bucket can do. */
  names(): Promise<readonly string[]>;
  /** The bytes of one object. */
  read(key: string): Promise<Buffer>;
  /** What went wrong with it, and who sent to it what others do not. */
  struck(): readonly string[];
}

export async function stageStore({ store, storeFaults }: CustodyRun): Promise<StagedStore> {
  return store === 's3' ? await stageS3(storeFaults) : await stageDirectory(storeFaults);
}

// Who looks whether the bucket is fit for backups tries that out on an object of this name. What it could not give up is given
// up by others, an hour later.
const probe = '.probe';
const isOfRun = ({ key, query }: FaultyS3['seen'][number]): boolean =>
  key !== probe && query['prefix'] !== probe;

async function stageS3(faults: readonly StoreFault[]): Promise<StagedStore> {
  const server = await startFaultyS3();
  const { objects, uploads } = server.bucket;
  const inForce = faults.flatMap((each) => {
    if ('call' in each) return [];
    const { operation, fault, times } = each;
    const gone = { before: () => uploads.clear() };
    const handle = server.fail(operation, fault === 'uploadsGone' ? gone : fault, times, isOfRun);
    const what = fault === 'uploadsGone' ? fault : Object.keys(fault)[0];
    return [{ handle, said: `store: ${operation} ${what}` }];
  });
  const place = { kind: 's3', endpoint: server.endpoint } as const;
  const isOfNode = ({ operation, headers }: FaultyS3['seen'][number]) =>
    operation === 'UploadPart' && headers['user-agent']?.startsWith('curl/') === true;
  return {
    place,
    saidOfParts: (key) => objects.get(key)?.headers['x-amz-checksum-sha256'],
    failOnce: (operation, fault) => void server.fail(operation, fault, 1, isOfRun),
    open: () => openStore(place),
    names: async () => [
      ...[...objects.keys()].filter((name) => name !== probe),
      ...[...uploads.values()]
        .filter(({ key }) => key !== probe)
        .map(({ key }) => `upload of ${key}`),
    ],
    read: async (key) => objects.get(key)?.bytes ?? Buffer.alloc(0),
    struck: () => [
      ...inForce.filter(({ handle }) => handle.strikes > 0).map(({ said }) => said),
      ...(server.seen.some(isOfNode) ? ['node: sent parts itself'] : []),
    ],
    [Symbol.asyncDispose]: async () => await server.close(),
  };
}

async function stageDirectory(faults: readonly StoreFault[]): Promise<StagedStore> {
  const directory = await temporaryDirectory('custody');
  const place = { kind: 'directory', directory } as const;
  const unreliable = unreliability(faults);
  return {
    place,
    saidOfParts: () => undefined,
    failOnce: () => {},
    open: () => unreliable.of(openStore(place)),
    names: async () => await filesBelow(directory),
    read: async (key) => await readFile(join(directory, key)),
    struck: () => unreliable.struck(),
    [Symbol.asyncDispose]: async () => await rm(directory, { recursive: true }),
  };
}
