import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { z } from 'zod';

import { errorCode } from './directory-failures.ts';
import { openToRead, writeDurably } from './durable-file.ts';

/**
 * Writes a small JSON file: it appears whole and durable, or not at all. `put` gives it its name: `publish` keeps the one
 * that is there, `replace` takes its place.
 */
export async function writeRecord(
  path: string,
  record: object,
  options: {
    readonly signal: AbortSignal;
    readonly put: (file: string, path: string) => Promise<unknown>;
  },
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}-${randomUUID()}`);
  try {
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
    await writeDurably(draft, bytes, { signal: options.signal, create: true });
    await options.put(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Reads such a file; `undefined` where there is none, or something that is not of this shape. */
export async function readRecord<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
  try {
    const file = await openToRead(path);
    try {
      const parsed = shape.safeParse(JSON.parse(await file.readFile('utf8')));
      return parsed.success ? parsed.data : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
