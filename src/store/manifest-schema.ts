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
  partsChecksum: z
    .object({ sha256OfParts: sha256, partSizeBytes: z.int().positive() })
    .exactOptional(),
  compression: z.literal('zstd').exactOptional(),
  recipients: z.array(z.string()).exactOptional(),
  lock: z
    .object({
      mode: z.enum(['governance', 'compliance', 'unlocked', 'locked']),
      until: time,
    })
    .exactOptional(),
});

/** As etcdctl prints it. */
const memberId = z.string().regex(/^[0-9a-f]{1,16}$/);

const keyGeneration = z.object({
  revisions: z.object({ latest: z.int(), running: sortedRecord(z.int()) }).exactOptional(),
  keyNames: z.array(z.string()).exactOptional(),
  configSha256: sha256.exactOptional(),
});

/** A manifest of the known format; its fields stand here in the order in which they are written. */
export const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal(manifestFormat),
  id: z.string(),
  createdAt: time,
  cluster: z.object({
    name: z.string(),
    id: z.string().exactOptional(),
    infrastructureName: z.string().exactOptional(),
    topology: z.string().exactOptional(),
    architecture: z.string().exactOptional(),
  }),
  openshiftVersion: z.string(),
  releaseImage: z.string().exactOptional(),
  etcdImage: z.string().exactOptional(),
  files: z.array(file),
  verification: z.array(
    z.object({
      level: z.enum(['transport', 'origin', 'shape', 'tool']),
      outcome: z.enum(['passed', 'failed']),
      evidence: z.string(),
    }),
  ),
  restore: z.object({
    script: z.string(),
    sameVersion: z.string(),
    initialCluster: z.string().exactOptional(),
  }),
  etcd: z.object({
    version: z.string().exactOptional(),
    hash: z.int().exactOptional(),
    revision: z.int().exactOptional(),
    totalKey: z.int().exactOptional(),
    totalSize: z.int().exactOptional(),
    members: z
      .array(
        z.object({
          id: memberId,
          name: z.string(),
          peerURLs: z.array(z.string()),
          isLearner: z.boolean(),
          raftIndex: z.int().exactOptional(),
        }),
      )
      .exactOptional(),
    member: memberId.exactOptional(),
    leader: memberId.exactOptional(),
  }),
  encryption: z
    .object({
      type: z.string().exactOptional(),
      state: z.string().exactOptional(),
      keysBefore: keyGeneration.exactOptional(),
      keysAfter: keyGeneration.exactOptional(),
      keysWithSnapshot: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  certificates: z
    .object({
      signers: z.array(z.object({ subject: z.string(), notBefore: time, notAfter: time, sha256 })),
    })
    .exactOptional(),
  proxyEnabled: z.boolean().exactOptional(),
  trustedCA: z.string().exactOptional(),
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
      outcome: z.enum(['passed', 'refused', 'waiting', 'overridden', 'notEvaluated']),
      evidence: z.string(),
      until: time.exactOptional(),
    }),
  ),
  overrides: z.array(
    z.object({ guard: z.string(), reason: z.string(), who: z.string().exactOptional() }),
  ),
  labels: sortedRecord(z.string()).exactOptional(),
  run: z.object({
    namespace: z.string(),
    workflowId: z.string(),
    runId: z.string(),
    name: z.string(),
    takes: z.array(
      z.object({
        number: z.int().positive(),
        nodeName: z.string(),
        ended: z.enum(['succeeded', 'died', 'unfit', 'otherNode', 'retryLater', 'keysChanged']),
      }),
    ),
    resumedBy: z.object({ workflowId: z.string(), runId: z.string() }).exactOptional(),
    rechecks: z.array(z.object({ who: z.string(), reason: z.string(), at: time })).exactOptional(),
  }),
  // The last one, so that it can be cut off by hand.
  signature: z
    .object({
      algorithm: z.literal('ed25519'),
      keyId: sha256,
      value: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
    })
    .exactOptional(),
});

/** The same as JSON Schema; `docs/manifest.schema.json` holds it. It allows fields of newer releases, as readers do. */
export function manifestJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' });
  const description =
    'manifest.json of a backup; docs/backup-format.md says what each field means.';
  return { title: `Manifest of ${manifestFormat}`, description, ...schema };
}
