import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { objectDigest } from '../../src/store/object-digest.ts';
import type { S3StoreOptions } from '../../src/store/s3-options.ts';
import { createS3Store } from '../../src/store/s3-store.ts';
import { s3PartLimits } from '../../src/store/s3-uploads.ts';
import { certificateAuthority, serverCertificate } from '../../src/testing/certificates.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { backupStoreConformance } from '../store/conformance.ts';
import { contentOf, partsOf, sha256Of } from '../store/content.ts';
import { startVersitygw } from '../store/start-versitygw.ts';
import type { RunningVersitygw } from '../store/start-versitygw.ts';
import { key, signal } from '../store/store-bench.ts';

const module = fileURLToPath(new URL('../store/open-s3-store.ts', import.meta.url));

let gateway: RunningVersitygw;
beforeAll(async () => {
  gateway = await startVersitygw();
  await gateway.makeBucket('backups');
});
afterAll(() => gateway.close());

let stores = 0;

backupStoreConformance(
  'a bucket of versitygw',
  async () => {
    stores += 1;
    const { endpoint, region, credentialsFile } = gateway;
    const location = JSON.stringify({
      bucket: 'backups',
      prefix: `store-${stores}`,
      endpoint,
      region,
      pathStyle: true,
      credentials: { file: credentialsFile },
    });
    return { module, location, close: async () => {} };
  },
  { leastPartSizeBytes: s3PartLimits.leastBytes },
);

describe('a bucket of versitygw', () => {
  const content = contentOf('content', 12_000_000);
  const geometry = { sizeBytes: content.length, partSizeBytes: s3PartLimits.leastBytes };
  const parts = partsOf(content, geometry);
  const list = parts.map(({ part }) => part);
  const objectLock = { mode: 'compliance', retainForMs: 24 * 60 * 60 * 1000 } as const;

  const open = (more: Partial<S3StoreOptions> = {}) => {
    const { endpoint, region, credentialsFile } = gateway;
    return createS3Store({
      name: 'primary',
      bucket: 'backups',
      endpoint,
      region,
      pathStyle: true,
      credentials: { file: credentialsFile },
      ...more,
    });
  };

  test('gives all that a backup asks for', async () => {
    expect(await open().capabilities(signal)).toEqual({
      createOnly: true,
      checksumsEnforced: true,
      presignPart: true,
      listUploads: true,
      objectLock: false,
      leastPartSizeBytes: s3PartLimits.leastBytes,
    });
  });

  test('keeps a locked object from being deleted', async () => {
    await gateway.makeBucket('locked', { objectLock: true });
    const store = open({ bucket: 'locked', objectLock });
    expect(await store.capabilities(signal)).toMatchObject({ objectLock: true });
    const session = await store.begin({ key, ...geometry }, signal);
    for (const { part, bytes } of parts) await store.putPart(session, part, bytes, signal);
    await store.commit(session, list, signal);
    await store.create('prod/a/manifest.json', Buffer.from('{}'), signal);
    const { client } = gateway;
    for (const Key of [key, 'prod/a/manifest.json']) {
      const { VersionId } = await client.send(new HeadObjectCommand({ Bucket: 'locked', Key }));
      const deleted = client.send(new DeleteObjectCommand({ Bucket: 'locked', Key, VersionId }));
      await expect(deleted).rejects.toMatchObject({ name: 'AccessDenied' });
    }
  });

  test('without Object Lock is no place for what is to be locked', async () => {
    const store = open({ objectLock });
    const refused = { type: 'StoreRefused', nonRetryable: true };
    await expect(store.capabilities(signal)).rejects.toMatchObject(refused);
    const begun = store.begin({ key: 'prod/unlocked', ...geometry }, signal);
    await expect(begun).rejects.toMatchObject(refused);
    expect(await store.listUploads('prod/unlocked', signal)).toEqual([]);
  });

  test('takes by a presigned request exactly the part that it was made for', async () => {
    const store = open({ prefix: 'presigned' });
    const session = await store.begin({ key, ...geometry }, signal);
    const { part, bytes } = parts[1]!;
    const { method, url, headers } = await store.presignPart!(session, part, {
      expiresInSeconds: 60,
      signal,
    });
    const send = async (to: string, body: Buffer, more: Record<string, string> = headers) => {
      try {
        const response = await fetch(to, { method, body: new Uint8Array(body), headers: more });
        return response.status === 200;
      } catch {
        // It hung up before the end of the body.
        return false;
      }
    };
    const damaged = Buffer.from(bytes);
    damaged[0]! ^= 1;
    expect(await send(url, damaged)).toBe(false);
    expect(await send(url, bytes, {})).toBe(false);
    expect(await send(url.replace('partNumber=2', 'partNumber=1'), bytes)).toBe(false);
    expect(await store.listParts(session, signal)).toEqual([]);
    expect(await send(url, bytes)).toBe(true);
    expect(await store.listParts(session, signal)).toEqual([part]);
  });

  test('that is killed between two parts goes on with the second', async () => {
    const store = open({ prefix: 'killed' });
    const session = await store.begin({ key, ...geometry }, signal);
    await store.putPart(session, parts[0]!.part, parts[0]!.bytes, signal);
    await gateway.restart();
    expect(await store.begin({ key, ...geometry }, signal)).toEqual(session);
    expect(await store.listParts(session, signal)).toEqual([list[0]]);
    for (const { part, bytes } of parts.slice(1)) {
      await store.putPart(session, part, bytes, signal);
    }
    await store.commit(session, list, signal);
    const stored = { key, sizeBytes: content.length };
    expect(await objectDigest(store, stored, { signal })).toBe(sha256Of(content));
  });
});

describe('versitygw behind a certificate of its own', () => {
  test('is trusted by its authority, and by no other', async () => {
    const directory = await temporaryDirectory('certificates');
    onTestFinished(() => rm(directory, { recursive: true }));
    const authority = await certificateAuthority('storage');
    const { certificate, key: privateKey } = await serverCertificate(authority);
    const [caFile, certificateFile, keyFile] = ['ca', 'certificate', 'key'].map((name) =>
      join(directory, name),
    );
    await writeFile(caFile!, authority.certificate);
    await writeFile(certificateFile!, certificate);
    await writeFile(keyFile!, privateKey, { mode: 0o600 });
    const tls = {
      certificateFile: certificateFile!,
      keyFile: keyFile!,
      authority: authority.certificate,
    };
    const secured = await startVersitygw({ tls });
    onTestFinished(() => secured.close());
    await secured.makeBucket('backups');
    const { endpoint, region, credentialsFile: file } = secured;
    const options = { name: 'primary', bucket: 'backups', endpoint, region, pathStyle: true };
    const trusting = createS3Store({ ...options, credentials: { file }, caFile: caFile! });
    expect(await trusting.capabilities(signal)).toMatchObject({ createOnly: true });
    // A large part takes the same way.
    const content = contentOf('content', 6_000_000);
    const [whole] = partsOf(content, { sizeBytes: content.length, partSizeBytes: content.length });
    const upload = { key, sizeBytes: content.length, partSizeBytes: content.length };
    const session = await trusting.begin(upload, signal);
    await trusting.putPart(session, whole!.part, whole!.bytes, signal);
    await trusting.commit(session, [whole!.part], signal);
    const doubting = createS3Store({ ...options, credentials: { file } });
    await expect(doubting.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      details: [{ nextStep: expect.stringContaining('caFile') }],
    });
  });
});
