import { z } from 'zod';

import { defaultTaskQueue } from '../contracts/index.ts';
import type { Config } from './config.ts';
import {
  clusterName,
  duration,
  imageByDigest,
  namespaceName,
  nodeDirectory,
  nodeName,
  nonEmpty,
  partSize,
  storeName,
  taskQueueName,
  workerPath,
} from './fields.ts';

const kubeconfig = z
  .strictObject(
    {
      file: workerPath
        .exactOptional()
        .meta({ description: 'A kubeconfig file on the worker, read anew for every connection.' }),
      context: nonEmpty
        .exactOptional()
        .meta({ description: "The context in that file; without it, the file's current one." }),
      inCluster: z
        .literal(true, { error: 'true' })
        .exactOptional()
        .meta({ description: 'Instead of a file: the service account of the pod of the worker.' }),
    },
    { error: mapping('file, or inCluster: true') },
  )
  .meta({
    description: "How the worker reaches the cluster's API: `file`, or `inCluster: true`.",
    oneOf: [{ required: ['file'] }, { required: ['inCluster'], not: { required: ['context'] } }],
  })
  .transform(({ file, context, inCluster }, checked) => {
    if (checked.issues.length > 0) return z.NEVER;
    if (file !== undefined && inCluster === undefined) {
      return { file, ...(context === undefined ? {} : { context }) };
    }
    if (inCluster !== undefined && file === undefined && context === undefined)
      return { inCluster };
    checked.addIssue({
      code: 'custom',
      message: 'either file (with an optional context) or inCluster: true',
      params: { got: keysOf({ file, context, inCluster }) },
    });
    return z.NEVER;
  });

const stores = z
  .strictObject(
    {
      snapshot: storeName.meta({ description: 'The store of the snapshot.' }),
      staticKubeResources: storeName.meta({
        description:
          'The store of the static kube resources. They hold the keys of an encrypted etcd: another place than the snapshot, if that matters to you.',
      }),
    },
    { error: mapping('snapshot and staticKubeResources') },
  )
  .meta({
    description: 'The store of each kind of file, by its name under the top-level `stores`.',
  });

const cluster = z
  .strictObject(
    {
      kubeconfig,
      node: nodeName.exactOptional().meta({
        description:
          'The control plane node to take snapshots on; a request may name another. Without it, the first fit one.',
      }),
      namespace: namespaceName.prefault('etcd-backup').meta({
        description:
          'The namespace on the cluster for the debug pod and the Lease; its pod security must allow privileged pods.',
      }),
      image: imageByDigest.exactOptional().meta({
        description:
          "The debug pod's image, by digest. Without it, the etcd image of the chosen node, which is on the node already.",
      }),
      backupDirectory: nodeDirectory.prefault('/home/core/assets/backup').meta({
        description:
          'A directory on the node; each take has one of its own below it, removed in the end.',
      }),
      stores,
      keepOnNode: z
        .enum(['never', 'onUploadFailure'], { error: 'never or onUploadFailure' })
        .prefault('never')
        .meta({
          description:
            'Whether verified files stay on the node when the deadline passes before they are stored.',
        }),
      deadline: duration('1s').prefault('24h').meta({
        description:
          'How long a run may take, counted from its last wait; a request may say another.',
      }),
      heartbeatTimeout: duration('1s', '5m').prefault('30s').meta({
        description:
          'How soon a dead worker or a cancel is noticed; a shorter one costs more calls to Temporal.',
      }),
      noProgress: duration('1s').prefault('30m').meta({
        description: 'A step that runs this long without progress fails.',
      }),
      partSize: partSize.prefault('32MiB').meta({
        description:
          'How much of a file moves at once: what is sent again after an interruption, and what a transfer holds in memory.',
      }),
    },
    { error: mapping('kubeconfig, stores and other keys') },
  )
  .transform(({ deadline, heartbeatTimeout, noProgress, partSize, ...rest }) => ({
    ...rest,
    deadlineMs: deadline,
    heartbeatTimeoutMs: heartbeatTimeout,
    noProgressMs: noProgress,
    partSizeBytes: partSize,
  }));

const store = z.strictObject(
  {
    directory: workerPath.meta({
      description:
        'A directory on the worker, usually a mount of something outside the cluster; it must exist.',
    }),
  },
  { error: mapping('directory') },
);

/** The configuration file: what it may hold, and what a missing key means. Field errors say what was expected. */
export const configSchema: z.ZodType<Config> = z.strictObject(
  {
    taskQueue: taskQueueName.prefault(defaultTaskQueue).meta({
      description: 'The Temporal task queue that workers poll and runs are started on.',
    }),
    clusters: z
      .record(clusterName, cluster, { error: mapping('cluster names') })
      .refine((clusters) => Object.keys(clusters).length > 0, {
        error: 'at least one cluster',
        params: { got: 'none' },
      })
      .meta({
        description: 'The clusters that this worker backs up, by the name a request says.',
        minProperties: 1,
      }),
    stores: z.record(storeName, store, { error: mapping('store names') }).meta({
      description: 'The places where backups live, by the name a cluster refers to.',
    }),
  },
  { error: mapping('clusters and stores') },
);

/** The same as JSON Schema, for editors; `docs/configuration.schema.json` holds it. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return { title: 'Configuration of temporal-etcd-backup', ...schema };
}

function keysOf(object: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return keys.length === 0 ? 'no key' : keys.join(' and ');
}

// Only for a value that is no mapping at all; unknown keys and the like have words of their own.
function mapping(keys: string): (issue: { readonly code?: string }) => string | undefined {
  return ({ code }) => (code === 'invalid_type' ? `a mapping with ${keys}` : undefined);
}
