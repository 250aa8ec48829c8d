import { z } from 'zod';

import type { BackupPlan } from '../contracts/index.ts';

// A worker of any release made it: objects may have more fields than these.

const guard = z.looseObject({
  guard: z.string(),
  outcome: z.enum(['passed', 'refused', 'waiting', 'overridden', 'notEvaluated']),
  evidence: z.string(),
  until: z.string().exactOptional(),
});

const permission = z.looseObject({
  verb: z.string(),
  group: z.string(),
  resource: z.string(),
  namespace: z.string().exactOptional(),
  name: z.string().exactOptional(),
  why: z.string().exactOptional(),
});

const failureType = z.custom<NonNullable<BackupPlan['onNodeFailure']>['type']>(
  (value) => typeof value === 'string',
);

const etcd = z.looseObject({
  members: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      peerURLs: z.array(z.string()),
      isLearner: z.boolean(),
      raftIndex: z.number().exactOptional(),
    }),
  ),
  member: z.string(),
  leader: z.string().exactOptional(),
  version: z.string(),
  databaseSize: z.number(),
});

/** A plan as the workflow of a check returns it. */
export const planShape: z.ZodType<BackupPlan> = z.looseObject({
  cluster: z.string(),
  outcome: z.enum(['ready', 'waiting', 'refused']),
  openshiftVersion: z.string().exactOptional(),
  guards: z.array(guard),
  missingPermissions: z.array(permission),
  access: z.enum(['debugPod', 'ssh', 'local']),
  node: z.looseObject({ name: z.string(), reason: z.string() }).exactOptional(),
  pod: z.looseObject({}).exactOptional(),
  script: z.looseObject({ release: z.string(), argv: z.array(z.string()) }).exactOptional(),
  objects: z.array(
    z.looseObject({
      kind: z.enum(['snapshot', 'staticKubeResources', 'combined', 'manifest']),
      store: z.string(),
      key: z.string(),
    }),
  ),
  nodeGuards: z.array(z.string()),
  onNode: z
    .looseObject({
      guards: z.array(guard),
      warnings: z.array(z.string()),
      script: z.looseObject({ path: z.string(), release: z.string(), sha256: z.string() }),
      etcd: etcd.exactOptional(),
      freeBytes: z.number(),
      databaseBytes: z.number(),
    })
    .exactOptional(),
  onNodeFailure: z
    .looseObject({ type: failureType, observed: z.string(), nextStep: z.string() })
    .exactOptional(),
  storeFailures: z
    .array(
      z.looseObject({
        store: z.string(),
        type: failureType,
        observed: z.string(),
        nextStep: z.string(),
      }),
    )
    .exactOptional(),
  proxyEnabled: z.boolean().exactOptional(),
  encryption: z
    .looseObject({ type: z.string(), state: z.string().exactOptional() })
    .exactOptional(),
  warnings: z.array(z.string()),
});
