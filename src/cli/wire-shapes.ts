import { z } from 'zod';

import type {
  BackupResult,
  FailureDetails,
  Progress,
  RunStatus,
  StepStatus,
  StoredFile,
  Verification,
} from '../contracts/index.ts';

// What comes over the wire was written by a worker of any release: fields may be more than these, steps others.

/** What the `status` query answers. */
export type StatusOnWire = Omit<RunStatus, 'outcome' | 'steps' | 'wait'> & {
  readonly wait?: { readonly reason: string; readonly until: string };
  readonly steps: readonly (Omit<StepStatus, 'step'> & { readonly step: string })[];
};

/** Heartbeat details of a step. */
export type ProgressOnWire = Omit<Progress, 'step'>;

/** The result of a completed run. */
export type ResultOnWire = Omit<BackupResult, 'files' | 'verification'> & {
  readonly files: readonly (Omit<StoredFile, 'kind' | 'compression'> & {
    readonly kind: string;
    readonly compression?: string;
  })[];
  readonly verification: readonly Record<keyof Verification, string>[];
};

/** What a failure of the catalogue carries, also one that this release does not know. */
export type FailureOnWire = Omit<FailureDetails, 'step'> & { readonly step?: string };

const leftover = z.object({ what: z.string(), where: z.string(), nextStep: z.string() });

export const statusShape: z.ZodType<StatusOnWire> = z.object({
  version: z.literal(1),
  id: z.string(),
  cluster: z.string(),
  nodeName: z.string().exactOptional(),
  steps: z.array(
    z.object({
      step: z.string(),
      take: z.number().exactOptional(),
      state: z.enum(['scheduled', 'completed', 'failed', 'cancelled']),
      scheduledAt: z.string(),
      finishedAt: z.string().exactOptional(),
    }),
  ),
  wait: z.object({ reason: z.string(), until: z.string() }).exactOptional(),
  leftovers: z.array(leftover).prefault([]),
});

export const progressShape: z.ZodType<ProgressOnWire> = z.object({
  version: z.literal(1),
  state: z.string(),
  bytesDone: z.number().exactOptional(),
  bytesTotal: z.number().exactOptional(),
});

/** What this release does not know of a result is kept. */
export const resultShape: z.ZodType<ResultOnWire> = z.looseObject({
  id: z.string(),
  outcome: z.enum(['completed', 'completedWithLeftovers']),
  cluster: z.string(),
  nodeName: z.string(),
  openshiftVersion: z.string(),
  manifest: z.looseObject({ store: z.string(), key: z.string(), sha256: z.string() }),
  files: z.array(
    z.looseObject({
      kind: z.string(),
      name: z.string(),
      store: z.string(),
      key: z.string(),
      sizeBytes: z.number(),
      sha256: z.string(),
      storedSizeBytes: z.number(),
      storedSha256: z.string(),
      compression: z.string().exactOptional(),
      recipients: z.array(z.string()).exactOptional(),
    }),
  ),
  verification: z.array(
    z.looseObject({ level: z.string(), outcome: z.string(), evidence: z.string() }),
  ),
  warnings: z.array(z.string()),
  leftovers: z.array(leftover),
  startedAt: z.string(),
  finishedAt: z.string(),
});

export const failureShape: z.ZodType<FailureOnWire> = z.object({
  step: z.string().exactOptional(),
  observed: z.string(),
  nextStep: z.string(),
  leftovers: z.array(leftover).exactOptional(),
});
