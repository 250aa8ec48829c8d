import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BackupFile, FileKind, StoredFile } from '../../src/contracts/files.ts';
import type { NodeShell } from '../../src/node/node-shell.ts';
import type { BackupStore, PresignedPart } from '../../src/store/backup-store.ts';
import { s3PartLimits } from '../../src/store/s3-uploads.ts';
import { inspectFile } from '../../src/transfer/inspect-file.ts';
import { uploadDirect } from '../../src/transfer/upload-direct.ts';
import type { UploadDirectOptions } from '../../src/transfer/upload-direct.ts';
import { contentOf } from '../store/content.ts';
import type { S3Operation } from '../store/fake-bucket.ts';
import type { SeenRequest } from '../store/faulty-server.ts';
import { S3Bench } from '../store/s3-bench.ts';
import { key, signal } from '../store/store-bench.ts';
import { createLocalShell } from './local-shell.ts';
import { useNodeDirectory } from './node-directory.ts';

export const partSizeBytes = s3PartLimits.leastBytes;

/** Two parts and a rest. */
export const content: Buffer = contentOf('direct', 2 * partSizeBytes + 1000);

/** A node, a bucket that fails on request, and uploads that the node itself makes. */
export class DirectBench extends S3Bench {
  readonly shell: NodeShell = createLocalShell();
  readonly #node = useNodeDirectory();
  /** Why what was left to the worker, in the last upload. */
  relayed: string | undefined;

  get path(): string {
    return join(this.#node.path, 'snapshot_1.db');
  }

  get takeDirectory(): string {
    return this.#node.path;
  }

  get environment(): string {
    return join(this.#node.path, 'environment');
  }

  async inspect(bytes: Buffer = content): Promise<BackupFile> {
    return await this.#inspect(bytes, this.path, 'staticKubeResources');
  }

  /** Another file beside it. */
  async inspectBeside(bytes: Buffer): Promise<BackupFile> {
    return await this.#inspect(bytes, `${this.path}.zst`, 'snapshot');
  }

  async #inspect(bytes: Buffer, path: string, kind: FileKind): Promise<BackupFile> {
    await writeFile(path, bytes);
    const { file } = await inspectFile({
      shell: this.shell,
      kind,
      path,
      takeDirectory: this.takeDirectory,
      partSizeBytes,
      digestTool: 'sha256sum',
      signal,
    });
    return file;
  }

  async send(file: BackupFile, options: Partial<UploadDirectOptions> = {}): Promise<StoredFile> {
    this.relayed = undefined;
    return await uploadDirect({
      shell: this.shell,
      store: this.open(),
      file,
      key,
      takeDirectory: this.takeDirectory,
      environment: this.environment,
      signal,
      noProgressMs: 60_000,
      retryDelayMs: 1,
      onRelay: (reason) => {
        this.relayed = reason;
      },
      ...options,
    });
  }

  /** The parts of the file that were sent; looking at the bucket's capabilities sends some too. */
  sent(): readonly SeenRequest<S3Operation>[] {
    return this.seen('UploadPart').filter((request) => request.key === key);
  }

  /** Who sent them. */
  senders(): readonly string[] {
    return this.sent().map(({ headers }) =>
      headers['user-agent']?.startsWith('curl/') === true ? 'node' : 'worker',
    );
  }
}

/** As often as that. */
export function fromNode(count: number): readonly string[] {
  return Array.from({ length: count }, () => 'node');
}

/** The store, and every request that it signed. */
export function signing(store: BackupStore): BackupStore & { readonly signed: PresignedPart[] } {
  const signed: PresignedPart[] = [];
  return {
    ...store,
    signed,
    presignPart: async (...part) => {
      const request = await store.presignPart!(...part);
      signed.push(request);
      return request;
    },
  };
}

/** Command line and environment of every process on this machine that may be looked at. */
export async function everyProcess(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.flatMap((pid) =>
    ['cmdline', 'environ'].map(
      async (name) => await readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => ''),
    ),
  );
  return (await Promise.all(texts)).join('\n').replaceAll('\0', ' ');
}
