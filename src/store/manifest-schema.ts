import { z } from 'zod';

import { manifestFormat } from '../contracts/manifest.ts';
import type { Manifest } from '../contracts/manifest.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().nonnegative();
const time = z.iso.datetime();

/** A map whose keys nobody orders: sorted, so that equal maps have equal bytes. */
function sortedRecord<T>(value: z.ZodType<T>) {
  return z
    .record(z.string(), value)
    .transform((map) =>
      Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))),
    );
}

const file = z.object({
  kind: z.enum(['snapshot', 'staticKubeResources', 'combined']),
  name: z.string(),
  store: z.string(),
  key: z.string(),
  sizeBytes: bytes,
  sha256,
  storedSizeBytes: bytes,
  storedSha256: sha256,
  compression: z.literal('zstd').exactOptional(),
  recipients: z.array(z.string()).exactOptional(),
});

/** A manifest of the known format; its fields stand here in the order in which they are written. */
export const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal(manifestFormat),
  id: z.string(),
  createdAt: time,
  cluster: z.object({
    name: z.string(),
    id: z.string(),
    infrastructureName: z.string(),
    topology: z.string(),
    architecture: z.string(),
  }),
  openshiftVersion: z.string(),
  releaseImage: z.string().exactOptional(),
  etcdImage: z.string(),
  files: z.array(file),
  verification: z.array(
    z.object({
      level: z.enum(['transport', 'origin', 'shape', 'tool']),
      outcome: z.enum(['passed', 'failed']),
      evidence: z.string(),
    }),
  ),
  restore: z.object({ script: z.string(), sameVersion: z.string() }),
  etcd: z.object({
    version: z.string().exactOptional(),
    hash: z.int(),
    revision: z.int(),
    totalKey: z.int(),
    totalSize: z.int(),
  }),
  encryption: z.object({ type: z.string(), state: z.string().exactOptional() }),
  proxyEnabled: z.boolean(),
  nodes: z.array(
    z.object({
      name: z.string(),
      uid: z.string(),
      addresses: z.array(z.string()),
      osImage: z.string(),
    }),
  ),
  node: z.object({ name: z.string(), reason: z.string() }),
  script: z.object({
    path: z.string(),
    release: z.string(),
    sha256,
    possiblyDirty: z.boolean(),
    startedAt: time,
    finishedAt: time,
  }),
  revisions: sortedRecord(z.int()),
  guards: z.array(
    z.object({
      guard: z.string(),
      outcome: z.enum(['passed', 'refused', 'overridden', 'notEvaluated']),
      evidence: z.string(),
    }),
  ),
  overrides: z.array(z.object({ guard: z.string(), reason: z.string() })),
  labels: sortedRecord(z.string()).exactOptional(),
  run: z.object({
    namespace: z.string(),
    workflowId: z.string(),
    runId: z.string(),
    name: z.string(),
    takes: z.array(z.object({ number: z.int().positive(), nodeName: z.string() })),
  }),
});
