import type { BackupStore } from '../../src/store/backup-store.ts';
import type { S3StoreOptions } from '../../src/store/s3-options.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { s3PartLimits } from '../../src/store/s3-uploads.ts';
import type { BucketHabits, S3Operation } from './fake-bucket.ts';
import { FaultyBench, faultySample } from './faulty-bench.ts';
import { startFaultyS3 } from './faulty-s3.ts';
import type { FaultyS3 } from './faulty-s3.ts';

/** By reference, as every store's are. */
export const credentials = {
  variables: { accessKeyId: 'TEST_S3_KEY_ID', secretAccessKey: 'TEST_S3_SECRET' },
};
process.env['TEST_S3_KEY_ID'] = 'AKIATESTONLY';
process.env['TEST_S3_SECRET'] = 'wJalrXUtnFEMI';

const sample = faultySample(s3PartLimits.leastBytes);
export const { geometry, content, parts, list, whole } = sample;

/** A bucket that fails on request, and what tests do with it. */
export class S3Bench extends FaultyBench<S3Operation, FaultyS3, BucketHabits> {
  constructor() {
    super(startFaultyS3, sample, {
      put: 'UploadPart',
      commit: 'CompleteMultipartUpload',
      create: 'PutObject',
      read: 'GetObject',
      busy: 'SlowDown',
    });
  }

  options(): S3StoreOptions {
    return {
      name: 'primary',
      bucket: 'backups',
      region: 'eu-central-1',
      endpoint: this.server.endpoint,
      pathStyle: true,
      credentials,
    };
  }

  open(more: Partial<S3StoreOptions> = {}): BackupStore {
    return createS3Store({ ...this.options(), ...more });
  }

  bytesAt(name: string): Buffer | undefined {
    return this.server.bucket.objects.get(name)?.bytes;
  }

  unfinished(): readonly string[] {
    return [...this.server.bucket.uploads.keys()];
  }
}
