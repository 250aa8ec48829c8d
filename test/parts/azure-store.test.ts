import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import type { AzureStoreOptions } from '../../src/store/azure-options.ts';
import { createAzureStore } from '../../src/store/azure-store.ts';
import { objectDigest } from '../../src/store/object-digest.ts';
import { certificateAuthority, serverCertificate } from '../../src/testing/certificates.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';
import { backupStoreConformance } from '../store/conformance.ts';
import { contentOf, partsOf, sha256Of } from '../store/content.ts';
import { startAzurite } from '../store/start-azurite.ts';
import type { RunningAzurite } from '../store/start-azurite.ts';
import { key, signal } from '../store/store-bench.ts';

const module = fileURLToPath(new URL('../store/open-azure-store.ts', import.meta.url));

let azurite: RunningAzurite;
let directory: string;
beforeAll(async () => {
  directory = await temporaryDirectory('azure');
  azurite = await startAzurite();
  await azurite.makeContainer('backups');
});
afterAll(async () => {
  await azurite?.close();
  await rm(directory, { recursive: true, force: true });
});

let stores = 0;
const nextPrefix = () => {
  stores += 1;
  return `store-${stores}`;
};
const optionsOf = ({
  endpoint,
  account,
  keyFile,
}: RunningAzurite): Omit<AzureStoreOptions, 'name'> => ({
  account,
  container: 'backups',
  prefix: nextPrefix(),
  endpoint,
  pathStyle: true,
  credentials: { file: keyFile },
});

backupStoreConformance('a container of Azurite', () =>
  Promise.resolve({
    module,
    location: JSON.stringify(optionsOf(azurite)),
    close: async () => {},
  }),
);

describe('a container of Azurite', () => {
  const content = contentOf('content', 2_500_000);
  const geometry = { sizeBytes: content.length, partSizeBytes: 1_000_000 };
  const parts = partsOf(content, geometry);
  const list = parts.map(({ part }) => part);
  const open = (more: Partial<AzureStoreOptions> = {}) =>
    createAzureStore({ name: 'primary', ...optionsOf(azurite), ...more });

  test('gives all that a backup asks for', async () => {
    expect(await open().capabilities(signal)).toEqual({
      createOnly: true,
      checksumsEnforced: true,
      presignPart: false,
      listUploads: true,
      objectLock: false,
      givenUpPartsStayMs: 7 * 24 * 60 * 60 * 1000,
    });
  });

  test('knows no immutability, and is no place for what is to be immutable', async () => {
    const immutability = { mode: 'unlocked', retainForMs: 24 * 60 * 60 * 1000 } as const;
    await expect(open({ immutability }).capabilities(signal)).rejects.toMatchObject({
      type: 'StoreRefused',
      nonRetryable: true,
      message: expect.stringContaining('immutability policy: none, expected unlocked'),
    });
  });

  test('keeps files in the tier that is asked for', async () => {
    const prefix = nextPrefix();
    const store = open({ prefix, accessTier: 'Cool' });
    const session = await store.begin({ key, ...geometry }, signal);
    for (const { part, bytes } of parts) await store.putPart(session, part, bytes, signal);
    await store.commit(session, list, signal);
    const client = azurite.client('backups').getBlobClient(`${prefix}/${key}`);
    expect(await client.getProperties()).toMatchObject({ accessTier: 'Cool' });
  });
});

describe('Azurite behind a certificate of its own', () => {
  let secured: RunningAzurite;
  let caFile: string;
  beforeAll(async () => {
    const authority = await certificateAuthority('storage');
    const { certificate, key: privateKey } = await serverCertificate(authority);
    const [certificateFile, keyFile] = [join(directory, 'certificate'), join(directory, 'tls-key')];
    caFile = join(directory, 'ca');
    await writeFile(caFile, authority.certificate);
    await writeFile(certificateFile, certificate);
    await writeFile(keyFile, privateKey, { mode: 0o600 });
    const tls = { certificateFile, keyFile, authority: authority.certificate };
    secured = await startAzurite({ tls });
    await secured.makeContainer('backups');
  });
  afterAll(() => secured?.close());

  const upload = async (options: Omit<AzureStoreOptions, 'name'>) => {
    const store = createAzureStore({ name: 'primary', ...options });
    expect(await store.capabilities(signal)).toMatchObject({ createOnly: true });
    const content = contentOf('content', 1_000_000);
    const cut = { sizeBytes: content.length, partSizeBytes: content.length };
    const [whole] = partsOf(content, cut);
    const session = await store.begin({ key, ...cut }, signal);
    await store.putPart(session, whole!.part, whole!.bytes, signal);
    await store.commit(session, [whole!.part], signal);
    const stored = { key, sizeBytes: content.length };
    expect(await objectDigest(store, stored, { signal })).toBe(sha256Of(content));
  };

  test('is trusted by its authority, and by no other', async () => {
    const options = optionsOf(secured);
    await upload({ ...options, caFile });
    const doubting = createAzureStore({ name: 'primary', ...options });
    await expect(doubting.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      details: [{ nextStep: expect.stringContaining('caFile') }],
    });
  });

  test('takes the tokens of a managed identity, where no credentials are named', async () => {
    await using identity = await startIdentityService();
    vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', identity.endpoint);
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'ManagedIdentityCredential');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { credentials: _none, ...options } = optionsOf(secured);
    await upload({ ...options, caFile });
    expect(identity.asked()).toBeGreaterThan(0);
  });

  test('is denied to whoever has no identity', async () => {
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'EnvironmentCredential');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { credentials: _none, ...options } = optionsOf(secured);
    const store = createAzureStore({ name: 'primary', ...options, caFile });
    await expect(store.capabilities(signal)).rejects.toMatchObject({
      type: 'StoreDenied',
      details: [{ nextStep: expect.stringContaining('an identity or credentials') }],
    });
  });
});

/** What gives tokens to the machines of Azure, on loopback. Azurite looks at all of a token but its signature. */
async function startIdentityService() {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      aud: 'https://storage.azure.com',
      iss: 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/',
      iat: now - 60,
      nbf: now - 60,
      exp: now + 3600,
    };
    const [header, payload] = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: `${header}.${payload}.signature`,
        expires_in: 3600,
        expires_on: now + 3600,
        resource: claims.aud,
        token_type: 'Bearer',
      }),
    );
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
