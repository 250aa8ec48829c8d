import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { failureDetails } from '../../src/contracts/failures.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { S3Bench } from './s3-bench.ts';
import { signal } from './store-bench.ts';

const bench = new S3Bench();

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-backup-s3-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** Whose credentials each request was signed with. */
const signers = () =>
  bench.server.seen.map(
    ({ headers }) => /Credential=([^/]+)\//.exec(headers['authorization'] ?? '')?.[1],
  );
const file = () => join(directory, 'credentials');
const write = async (id: string, more = '') => {
  const keys = `aws_access_key_id = ${id}\naws_secret_access_key = very/secret+${id}=\n${more}`;
  await writeFile(file(), `# rotated daily\n[other]\n${keys}\n[default]\n${keys}`);
};

describe('the credentials of a bucket', () => {
  test('from a mounted file are read anew for every request', async () => {
    const store = bench.open({ credentials: { file: file() } });
    await write('FIRST');
    await store.stat('prod/a', signal);
    await write('SECOND');
    await store.stat('prod/a', signal);
    expect(signers()).toEqual(['FIRST', 'SECOND']);
  });

  test('from a section of that file bring their session token', async () => {
    await write('SESSION', 'aws_session_token = token');
    const store = bench.open({ credentials: { file: file(), profile: 'other' } });
    await store.stat('prod/a', signal);
    const [request] = bench.server.seen;
    expect(request?.headers['x-amz-security-token']).toBe('token');
  });

  test('from variables are read anew for every request', async () => {
    vi.stubEnv('TEST_S3_KEY_ID', 'ONE');
    const store = bench.open();
    await store.stat('prod/a', signal);
    vi.stubEnv('TEST_S3_KEY_ID', 'TWO');
    await store.stat('prod/a', signal);
    expect(signers()).toEqual(['ONE', 'TWO']);
  });

  test.each([{ profile: 'other' }, undefined])(
    'from the chain of the SDK are read anew by the next attempt (%j)',
    async (credentials) => {
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file());
      vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'none'));
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
      for (const id of ['FIRST', 'SECOND']) {
        await write(id);
        const { credentials: _none, ...place } = bench.options();
        const store = createS3Store({ ...place, ...(credentials && { credentials }) });
        await store.stat('prod/a', signal);
      }
      expect(signers()).toEqual(['FIRST', 'SECOND']);
    },
  );

  test.each([
    [() => ({ file: join(directory, 'absent') }), 'absent: ENOENT'],
    [() => ({ file: file(), profile: 'nobody' }), 'no keys under [nobody]'],
    [
      () => ({ variables: { accessKeyId: 'NOT_SET_ID', secretAccessKey: 'NOT_SET' } }),
      'variable NOT_SET_ID: not set',
    ],
  ])('that are missing are named by where they were looked for (%#)', async (where, observed) => {
    await write('FIRST');
    const denied = bench.open({ credentials: where() }).stat('prod/a', signal);
    await expect(denied).rejects.toMatchObject({
      type: 'StoreDenied',
      nonRetryable: true,
      message: expect.stringContaining(observed),
    });
    expect(bench.server.seen).toEqual([]);
  });

  test('stand in no failure', async () => {
    await write('FIRST');
    const store = bench.open({ credentials: { file: file() } });
    const codes = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'AccessDenied'];
    for (const code of codes) bench.server.fail('PutObject', { refuse: 403, code });
    for (const code of codes) {
      const denied = store.create('prod/a', Buffer.from('x'), signal);
      const error = await denied.catch((thrown: unknown) => thrown);
      const { observed, nextStep } = failureDetails(error);
      expect(observed).toContain(code);
      expect(`${observed} ${nextStep} ${JSON.stringify(error)} ${String(error)}`).not.toMatch(
        /FIRST|very\/secret|Signature=/,
      );
    }
  });
});
