import { DeleteObjectCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { BackupStore } from '../../src/store/backup-store.ts';
import { s3Policy } from '../../src/store/s3-policy.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { contentOf, partsOf } from '../store/content.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { signal } from '../store/store-bench.ts';

const bucket = 'locked';
const policy = s3Policy({
  bucket,
  region: 'us-east-1',
  prefix: 'platform',
  objectLock: { mode: 'governance', retainForMs: 86_400_000 },
});
const actions = policy.Statement.flatMap(({ Action }) => Action);

let gateway: RunningVersitygw;
let store: BackupStore;
beforeAll(async () => {
  gateway = await startVersitygw();
  await gateway.makeBucket(bucket, { objectLock: true });
  const { endpoint, region } = gateway;
  store = createS3Store({
    name: 'primary',
    bucket,
    region,
    endpoint,
    pathStyle: true,
    prefix: 'platform',
    objectLock: { mode: 'governance', retainForMs: 86_400_000 },
    credentials: { file: await gateway.addUser('worker') },
  });
});
afterAll(() => gateway.close());

/** Grants the printed rights; versitygw knows no conditions. */
const grant = async (isGranted: (action: string) => boolean = () => true) => {
  const statements = policy.Statement.map(({ Sid, Effect, Action, Resource }) => ({
    Sid,
    Effect,
    Principal: { AWS: ['worker'] },
    Action: Action.filter(isGranted),
    Resource,
  }));
  const Statement = statements.filter(({ Action }) => Action.length > 0);
  const Policy = JSON.stringify({ Version: policy.Version, Statement });
  await gateway.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
};

const backUp = async (run: string) => {
  const content = contentOf('content', 1000);
  const geometry = { sizeBytes: 1000, partSizeBytes: 1000 };
  const [whole] = partsOf(content, geometry);
  const { part, bytes } = whole!;
  const session = await store.begin({ key: `prod/${run}/snapshot_1.db`, ...geometry }, signal);
  await store.putPart(session, part, bytes, signal);
  await store.commit(session, [part], signal);
  await store.create(`prod/${run}/manifest.json`, Buffer.from('{}'), signal);
  const abandoned = await store.begin({ key: `prod/${run}/other`, ...geometry }, signal);
  await store.abort(abandoned, signal);
  return [await store.list('', signal), await store.listUploads('', signal)];
};

test('the rights that are printed are enough for a backup', async () => {
  await grant();
  await store.capabilities(signal);
  expect(await backUp('a')).toEqual([
    [
      { key: 'prod/a/manifest.json', sizeBytes: 2 },
      { key: 'prod/a/snapshot_1.db', sizeBytes: 1000 },
    ],
    [],
  ]);
});

// A look at an object shows its lock on versitygw without it, on Amazon S3 only with it.
test.for(actions.filter((action) => action !== 's3:GetObjectRetention'))(
  'the lack of %s is found before a backup begins',
  async (action) => {
    await grant((each) => each !== action);
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreDenied',
      message: expect.stringContaining('403'),
      details: [{ nextStep: expect.stringContaining('etcd-backup policy primary') }],
    });
    await grant();
    await store.capabilities(signal);
  },
);

test('whoever has these rights cannot delete a backup', async () => {
  await grant();
  await backUp('b');
  const { endpoint, region } = gateway;
  const credentials = { accessKeyId: 'worker', secretAccessKey: 'worker-secret' };
  const worker = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  const Key = 'platform/prod/b/manifest.json';
  const deleted = worker.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  await expect(deleted).rejects.toMatchObject({ name: 'AccessDenied' });
  worker.destroy();
});
