import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import type { BackupFile } from '../../src/contracts/files.ts';
import type { BackupStore } from '../../src/store/backup-store.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { sealFor } from '../../src/transfer/seal.ts';
import { contentOf, sha256Of } from '../store/content.ts';
import { counted, withFaults } from './local-shell.ts';
import { makeReaders, openSealed } from './seal-bench.ts';
import type { Reader } from './seal-bench.ts';
import { signal, useUploads } from './upload-bench.ts';

const partSizeBytes = 128 * 1024;
const parts = 5;
// A part and a half of what is left for the last one.
const content = contentOf('sealed upload', 4 * partSizeBytes + 70_000);

let readers: readonly Reader[];
beforeAll(async () => {
  readers = await makeReaders(3);
});

describe('a sealed upload', () => {
  const bench = useUploads();
  const takeDirectory = () => dirname(bench.path);
  const recipients = () => readers.slice(0, 2).map(({ recipient }) => recipient);

  const inspect = async (bytes: Buffer): Promise<BackupFile> => {
    await writeFile(bench.path, bytes);
    const { file } = await inspectFile({
      shell: bench.shell,
      kind: 'staticKubeResources',
      path: bench.path,
      takeDirectory: takeDirectory(),
      partSizeBytes,
      digestTool: 'sha256sum',
      signal,
    });
    return file;
  };

  /** Uploads, sealed: through these in place of the bench's own. */
  const upload = async (
    file: BackupFile,
    options: {
      readonly shell?: typeof bench.shell;
      readonly store?: BackupStore;
      readonly recipients?: readonly string[];
      readonly signal?: AbortSignal;
      readonly onProgress?: (bytesDone: number) => void;
    } = {},
  ) => {
    const { recipients: asked = recipients(), ...rest } = options;
    const transform = sealFor({
      shell: options.shell ?? bench.shell,
      takeDirectory: takeDirectory(),
      kind: file.kind,
      store: 'vault',
      plain: file,
      recipients: asked,
    });
    return await bench.upload(file, { ...rest, transform });
  };

  /** A store that says which parts it was given, and whose worker dies in the middle. */
  const watched = (dies: (number: number) => boolean = () => false) => {
    const numbers: number[] = [];
    let isDead = false;
    const store: BackupStore = {
      ...bench.store,
      putPart: async (session, part, bytes, stop) => {
        isDead ||= dies(part.number);
        if (isDead) throw new Error('worker killed');
        await bench.store.putPart(session, part, bytes, stop);
        numbers.push(part.number);
      },
    };
    return { store, numbers };
  };

  test.each([0, 1, partSizeBytes, content.length])(
    'of %i bytes stores what each reader opens, and nobody else',
    async (sizeBytes) => {
      const bytes = content.subarray(0, sizeBytes);
      const stored = await upload(await inspect(bytes));
      const object = await bench.stored();
      expect(stored).toMatchObject({
        sizeBytes,
        sha256: sha256Of(bytes),
        storedSizeBytes: object.length,
        storedSha256: sha256Of(object),
      });
      for (const reader of readers.slice(0, 2)) {
        expect((await openSealed(object, reader)).equals(bytes)).toBe(true);
      }
      await expect(openSealed(object, readers[2]!)).rejects.toThrow('no identity matched');
    },
  );

  test.each([1, 2, 3, 4, 5])(
    'that was killed before part %i was stored goes on there, and is the same object',
    async (dead) => {
      const file = await inspect(content);
      const first = watched((number) => number === dead);
      await expect(upload(file, first)).rejects.toThrow('worker killed');
      expect(first.numbers).toEqual([1, 2, 3, 4, 5].slice(0, dead - 1));
      const second = watched();
      const stored = await upload(file, second);
      // No part that was stored is sent again.
      expect(second.numbers).toEqual([1, 2, 3, 4, 5].slice(dead - 1));
      const object = await bench.stored();
      expect(stored.storedSha256).toBe(sha256Of(object));
      expect((await openSealed(object, readers[0]!)).equals(content)).toBe(true);
    },
  );

  test('that goes on reads from the node no more than one part of what is stored already', async () => {
    const file = await inspect(content);
    await expect(
      upload(
        file,
        watched((number) => number === 4),
      ),
    ).rejects.toThrow('killed');
    const shell = counted(bench.shell);
    await upload(file, { shell });
    const missing = content.length - 3 * partSizeBytes;
    expect(shell.bytesRead).toBeLessThan(missing + partSizeBytes + 10_000);
  });

  test('does not count a stored part that nobody recorded, nor send it again', async () => {
    const file = await inspect(content);
    await expect(
      upload(
        file,
        watched((number) => number === 4),
      ),
    ).rejects.toThrow('killed');
    await rm(join(takeDirectory(), 'sealed-staticKubeResources-vault'));
    const shell = counted(bench.shell);
    const { store, numbers } = watched();
    await upload(file, { shell, store });
    expect(shell.bytesRead).toBeGreaterThan(content.length);
    expect(numbers).toEqual([4, 5]);
    expect((await openSealed(await bench.stored(), readers[0]!)).equals(content)).toBe(true);
  });

  test('does not count a stored part whose checksum is not the recorded one', async () => {
    const file = await inspect(content);
    await expect(
      upload(
        file,
        watched((number) => number === 4),
      ),
    ).rejects.toThrow('killed');
    const [session] = await bench.store.listUploads('', signal);
    const bytes = contentOf('other', partSizeBytes + 32);
    const part = { number: 2, sizeBytes: bytes.length, sha256: sha256Of(bytes) };
    const { uploadId, key, sizeBytes = 0 } = session!;
    const geometry = { uploadId, key, sizeBytes, partSizeBytes: bytes.length };
    await bench.store.putPart(geometry, part, bytes, signal);
    const { store, numbers } = watched();
    await expect(upload(file, { store })).resolves.toMatchObject({ sha256: file.sha256 });
    expect(numbers).toEqual([2, 4, 5]);
    expect((await openSealed(await bench.stored(), readers[0]!)).equals(content)).toBe(true);
  });

  test('by two workers at once makes one object, which opens', async () => {
    const file = await inspect(content);
    const [one, two] = await Promise.all([upload(file), upload(file)]);
    expect(two).toEqual(one);
    expect((await openSealed(await bench.stored(), readers[0]!)).equals(content)).toBe(true);
  });

  test('that is stored already is done', async () => {
    const file = await inspect(content);
    const stored = await upload(file);
    const { store, numbers } = watched();
    expect(await upload(file, { store })).toEqual(stored);
    expect(numbers).toEqual([]);
  });

  test('never seals another file under the key of the first', async () => {
    const file = await inspect(content);
    await expect(
      upload(
        file,
        watched((number) => number === 3),
      ),
    ).rejects.toThrow('killed');
    const other = await inspect(contentOf('another file', content.length));
    const { store, numbers } = watched();
    const failed = upload(other, { store });
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
    expect(numbers).toEqual([]);
  });

  test('never goes on for other recipients', async () => {
    const file = await inspect(content);
    await expect(
      upload(
        file,
        watched((number) => number === 3),
      ),
    ).rejects.toThrow('killed');
    const failed = upload(file, { recipients: [readers[2]!.recipient] });
    await expect(failed).rejects.toMatchObject({ type: 'FileChanged', nonRetryable: true });
  });

  test('never seals bytes that were damaged on their way', async () => {
    const file = await inspect(content);
    const offered: Buffer[] = [];
    const store: BackupStore = {
      ...bench.store,
      putPart: async (session, part, bytes, stop) => {
        offered.push(Buffer.from(bytes));
        await bench.store.putPart(session, part, bytes, stop);
      },
    };
    // The record is opened first, then the file.
    const shell = counted(withFaults(bench.shell, [{}, { flipAt: 300_000 }]));
    await upload(file, { shell, store });
    expect(shell.bytesRead).toBeGreaterThan(content.length + partSizeBytes / 2);
    expect(offered).toHaveLength(parts);
    expect(Buffer.concat(offered).equals(await bench.stored())).toBe(true);
    expect((await openSealed(await bench.stored(), readers[0]!)).equals(content)).toBe(true);
  });

  test('leaves key and record beside the file, and nothing else', async () => {
    await upload(await inspect(content));
    expect(await readdir(takeDirectory())).toEqual([
      'parts-staticKubeResources',
      'seal-staticKubeResources-vault',
      'sealed-staticKubeResources-vault',
      'snapshot_1.db',
    ]);
    const record = await readFile(
      join(takeDirectory(), 'sealed-staticKubeResources-vault'),
      'utf8',
    );
    expect(record.trim().split(/\n+/)).toHaveLength(parts);
  });
});
