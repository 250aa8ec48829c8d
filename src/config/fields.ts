import { z } from 'zod';

import { durationMs, durationPattern } from '../contracts/index.ts';
import { clusterNamePattern } from '../store/layout.ts';
import { byteSize, byteSizePattern } from './byte-size.ts';

// What each kind of field may hold. Every error is what was expected, in words that end a sentence.

export const clusterName: z.ZodString = text(
  clusterNamePattern,
  'a cluster name: up to 63 of a-z, 0-9, dot and minus, with a letter or digit at both ends',
);

export const storeName: z.ZodString = text(
  /^[A-Za-z0-9][\w.-]{0,62}$/,
  'a store name: up to 63 letters, digits, dots, underscores and minuses, a letter or digit first',
);

export const taskQueueName: z.ZodString = text(
  /^[^\s\p{C}]{1,200}$/u,
  'a task queue name: up to 200 characters without spaces',
);

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const nodeName: z.ZodString = text(
  /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
  "a node's name, as `oc get nodes` prints it",
);

export const namespaceName: z.ZodString = text(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'the name of a namespace: up to 63 of a-z, 0-9 and minus',
);

/** A tag may mean another image tomorrow; a digest cannot. */
export const imageByDigest: z.ZodString = text(
  /^[a-zA-Z0-9][\w./:-]*@sha256:[0-9a-f]{64}$/,
  'an image by digest: registry/name@sha256:<64 hexadecimal digits>',
);

/** The path becomes part of commands on the node: letters, digits, dot, underscore and minus cannot mean anything there. */
export const nodeDirectory: z.ZodString = text(
  /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/,
  'an absolute path of letters, digits, dots, underscores and minuses; no segment begins with a dot or minus, no slash at the end',
);

export const workerPath: z.ZodString = text(
  /^[^~\p{C}][^\p{C}]*$/u,
  'a path, absolute or relative to this file; ~ is not expanded',
);

export const nonEmpty: z.ZodString = text(/^[^\p{C}]+$/u, 'text');

/** A duration in milliseconds, from `least` to `most`. */
export function duration(least: string, most?: string): z.ZodType<number, string> {
  const range = most === undefined ? `at least ${least}` : `from ${least} to ${most}`;
  const error = `a duration such as 30s, 15m, 24h or 2d, ${range}`;
  const [atLeast = 0, atMost = Number.MAX_SAFE_INTEGER] = [least, most ?? ''].map(durationMs);
  const within = (ms = atLeast): boolean => ms >= atLeast && ms <= atMost;
  return text(durationPattern, error)
    .refine((value) => within(durationMs(value)), { error })
    .transform((value) => durationMs(value) ?? 0);
}

/** A part's size in bytes: whole multiples of 64 KiB, and small enough that a transfer stays within its memory. */
export const partSize: z.ZodType<number, string> = partSizeField();

function partSizeField(): z.ZodType<number, string> {
  const error = 'a size such as 32MiB: a multiple of 64KiB, from 64KiB to 64MiB';
  const [step, most] = [64 * 1024, 64 * 1024 * 1024];
  const fits = (bytes = step): boolean => bytes % step === 0 && bytes <= most;
  return text(byteSizePattern, error)
    .refine((value) => fits(byteSize(value)), { error })
    .transform((value) => byteSize(value) ?? 0);
}

function text(pattern: RegExp, error: string): z.ZodString {
  return z.string({ error }).regex(pattern, { error });
}
