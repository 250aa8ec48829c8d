import { describe, expect, test } from 'vitest';

import { verifyStoredStep } from '../../src/activities/verify-stored.ts';
import type { StoredFile } from '../../src/contracts/index.ts';
import { sha256Of } from '../store/content.ts';
import { useSteps } from './step-bench.ts';

describe('what is stored', () => {
  const bench = useSteps();

  test('is read back file by file, from the store that each is in', async () => {
    const { run, policy } = bench.input;
    const { resolver, signal } = bench.context;
    const bytes = { primary: Buffer.from('snapshot'), vault: Buffer.from('tarball!') };
    const files: StoredFile[] = [];
    for (const store of ['primary', 'vault'] as const) {
      const [key, sizeBytes] = [`demo/${run.id}/${store}`, bytes[store].length];
      await resolver.store(store).create(key, bytes[store], signal);
      const sha256 = sha256Of(bytes[store]);
      const sizes = { sizeBytes, sha256, storedSizeBytes: sizeBytes, storedSha256: sha256 };
      files.push({ kind: 'snapshot', name: store, store, key, ...sizes });
    }
    const verify = async (given: readonly StoredFile[]) =>
      (await verifyStoredStep({ run, policy, files: given }, bench.context)).verification.map(
        ({ outcome }) => outcome,
      );
    expect(await verify(files)).toEqual(['passed', 'passed']);
    const wrong = { ...files[1]!, storedSha256: sha256Of(Buffer.from('tarball?')) };
    expect(await verify([files[0]!, wrong])).toEqual(['passed', 'failed']);
  });
});
