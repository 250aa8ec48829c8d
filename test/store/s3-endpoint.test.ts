import { expect, test } from 'vitest';

import { s3BucketUrl } from '../../src/store/s3-endpoint.ts';
import type { S3StoreOptions } from '../../src/store/s3-options.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { credentials } from './s3-bench.ts';
import { key, signal } from './store-bench.ts';

const amazon = { name: 'primary', bucket: 'backups', region: 'eu-central-1', credentials };

test.each<[string, Partial<S3StoreOptions>, string]>([
  ["Amazon's own", {}, 'https://backups.s3.eu-central-1.amazonaws.com/'],
  ['in China', { region: 'cn-north-1' }, 'https://backups.s3.cn-north-1.amazonaws.com.cn/'],
  ['with dots', { bucket: 'a.b' }, 'https://s3.eu-central-1.amazonaws.com/a.b'],
  ['by path', { pathStyle: true }, 'https://s3.eu-central-1.amazonaws.com/backups'],
  ['of others', { endpoint: 'https://s3.example.com' }, 'https://backups.s3.example.com/'],
  [
    'of others, by path',
    { endpoint: 'https://s3.example.com:9000', pathStyle: true },
    'https://s3.example.com:9000/backups',
  ],
  ['at an address', { endpoint: 'http://127.0.0.1:9000' }, 'http://127.0.0.1:9000/backups'],
  [
    'without TLS',
    { endpoint: 'http://s3.example.com', bucket: 'a.b' },
    'http://s3.example.com/a.b',
  ],
])('a bucket %s is asked where its presigned requests go', async (_, more, url) => {
  const options = { ...amazon, ...more };
  expect(s3BucketUrl(options)).toBe(url);
  const geometry = { sizeBytes: 1, partSizeBytes: 1 };
  const part = { number: 1, sizeBytes: 1, sha256: '0'.repeat(64) };
  const store = createS3Store(options);
  const session = { key, uploadId: 'x', ...geometry };
  const request = await store.presignPart!(session, part, { expiresInSeconds: 60, signal });
  expect(request.url.startsWith(url)).toBe(true);
});
