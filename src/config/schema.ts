import { z } from 'zod';

import { defaultTaskQueue } from '../contracts/index.ts';
import type { Config } from './config.ts';
import {
  clusterName,
  duration,
  hostName,
  imageByDigest,
  keysOf,
  mapping,
  namespaceName,
  nodeDirectory,
  nodeName,
  nonEmpty,
  partSize,
  port,
  rate,
  storeName,
  taskQueueName,
  timeOfDay,
  timeZone,
  trueOrFalse,
  userName,
  workerPath,
} from './fields.ts';
import { signingSchema } from './signing-schema.ts';
import { storeSchema } from './store-schema.ts';

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
          "The store of the static kube resources. They hold the keys of an encrypted etcd: another place than the snapshot's where etcd is encrypted, see `separateStores`.",
      }),
    },
    { error: mapping('snapshot and staticKubeResources') },
  )
  .meta({
    description: 'The store of each kind of file, by its name under the top-level `stores`.',
  });

const ssh = z
  .strictObject(
    {
      user: userName.prefault('core').meta({
        description: 'The user on the node; `sudo -n` must let it become root without a password.',
      }),
      port: port.exactOptional().meta({ description: "The port; without it, ssh's own." }),
      identityFile: workerPath.exactOptional().meta({
        description:
          "The private key on the worker; without it, what ssh's own configuration says.",
      }),
      knownHosts: workerPath.exactOptional().meta({
        description:
          "The file with the nodes' host keys; without it, ssh's own. An unknown host key is refused, always.",
      }),
      hosts: z
        .record(nodeName, hostName, { error: mapping('node names') })
        .exactOptional()
        .meta({
          description:
            "The host of each node, by the node's name; without it, the node's address in the API, else its name.",
        }),
    },
    { error: mapping('user, port, identityFile, knownHosts and hosts') },
  )
  .meta({ description: 'How `access: ssh` reaches the nodes, with the `ssh` of the worker.' });

const transfer = z
  .strictObject(
    {
      lanes: z
        .int({ error: 'a number from 1 to 4' })
        .min(1, { error: 'a number from 1 to 4' })
        .max(4, { error: 'a number from 1 to 4' })
        .prefault(2)
        .meta({
          description:
            'How many connections to the node read one part together. They share its memory.',
        }),
      compression: z.enum(['auto', 'off'], { error: 'auto or off' }).prefault('auto').meta({
        description:
          "Whether bytes are compressed on their way from the node, where it or the debug pod's image has `zstd`. What is stored is the same.",
      }),
      maxRate: rate.exactOptional().meta({
        description: 'Bytes of a file that leave the node per second, at most.',
      }),
      direct: trueOrFalse.prefault(false).meta({
        description:
          'Whether the node itself sends its files to stores that allow it and that it can reach, through URLs that fit one part each. Not for stores with recipients.',
      }),
    },
    { error: mapping('lanes, compression, maxRate and direct') },
  )
  .meta({ description: 'How the files travel from the node to their stores.' })
  .transform(({ maxRate, ...rest }) => ({
    ...rest,
    ...(maxRate === undefined ? {} : { maxBytesPerSecond: maxRate }),
  }));

const quietHours = z
  .strictObject(
    {
      from: timeOfDay.meta({ description: 'The first minute at which a backup may begin.' }),
      to: timeOfDay.meta({
        description:
          'The minute from which on none may begin; before `from`, the window spans midnight.',
      }),
      timeZone: timeZone.meta({ description: 'The time zone of both, by its IANA name.' }),
      outside: z
        .enum(['refuse', 'wait', 'ignore'], { error: 'refuse, wait or ignore' })
        .prefault('refuse')
        .meta({ description: 'What a run does outside of them.' }),
    },
    { error: mapping('from, to, timeZone and outside') },
  )
  .meta({
    description: 'When backups may begin; without it, always. A backup makes etcd busy.',
  });

const cluster = z
  .strictObject(
    {
      kubeconfig,
      access: z
        .enum(['debugPod', 'ssh', 'local'], { error: 'debugPod, ssh or local' })
        .prefault('debugPod')
        .meta({
          description:
            'The way to a node: a privileged debug pod, `ssh` for when the API is down, or `local` for a worker that runs on the node itself, as root.',
        }),
      ssh: ssh.exactOptional(),
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
      copies: z
        .array(stores, { error: 'a list of mappings with snapshot and staticKubeResources' })
        .prefault([])
        .meta({
          description:
            'Second places. Each gets the whole backup, verified and with a manifest, before the run completes.',
        }),
      separateStores: z
        .enum(['auto', 'always', 'never'], { error: 'auto, always or never' })
        .prefault('auto')
        .meta({
          description:
            'Whether the two kinds of file must go to two stores. `auto`: when etcd encryption is on, because the static kube resources hold its keys.',
        }),
      beforeFirstCertificateRotation: z
        .enum(['refuse', 'wait', 'override'], { error: 'refuse, wait or override' })
        .prefault('refuse')
        .meta({
          description:
            'What a run does in the first day of a cluster, before its first certificate rotation.',
        }),
      quietHours: quietHours.exactOptional(),
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
      transfer: transfer.prefault({}),
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
    stores: z.record(storeName, storeSchema, { error: mapping('store names') }).meta({
      description: 'The places where backups live, by the name a cluster refers to.',
    }),
    signing: signingSchema.exactOptional(),
  },
  { error: mapping('clusters and stores') },
);

/** The same as JSON Schema, for editors; `docs/configuration.schema.json` holds it. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  return { title: 'Configuration of temporal-etcd-backup', ...schema };
}
