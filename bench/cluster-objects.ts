import { createHash } from 'node:crypto';

import type { Random } from './random.ts';

/** One key of etcd with what a cluster stores there. */
export interface ClusterObject {
  readonly key: string;
  readonly value: string;
}

const kinds = ['pods', 'pods', 'replicasets', 'configmaps', 'secrets', 'endpointslices'] as const;

/**
 * Makes objects as a busy cluster has them: names that repeat with a changing end, UIDs, digests, timestamps, managed
 * fields, and now and then a secret or a Helm release whose bytes no compressor makes smaller. Their keys begin with
 * `/openshift.io/`, which the lab's own API server does not watch.
 *
 * The same `random` gives the same objects.
 */
export function clusterObject(random: Random): ClusterObject {
  const kind = kinds[random.below(kinds.length)] ?? 'pods';
  const namespace = `team-${random.below(40)}-${['dev', 'test', 'prod'][random.below(3)]}`;
  const app = `${apps[random.below(apps.length)]}-${random.below(30)}`;
  const name =
    kind === 'pods'
      ? `${app}-${hex(random, 10)}-${hex(random, 5)}`
      : `${app}-${random.below(1_000_000)}`;
  const metadata = metadataOf(kind, { name, namespace, app }, random);
  const value = JSON.stringify({ kind, apiVersion: 'v1', metadata, ...bodies[kind](app, random) });
  return { key: `/openshift.io/${kind}/${namespace}/${name}`, value };
}

const apps = ['checkout', 'billing', 'catalogue', 'gateway', 'search', 'ingest', 'reports', 'auth'];

const bodies: Record<(typeof kinds)[number], (app: string, random: Random) => object> = {
  pods: (app, random) => ({ spec: podSpec(app, random), status: podStatus(app, random) }),
  replicasets: (app, random) => ({
    spec: {
      replicas: random.below(5),
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: podSpec(app, random) },
    },
  }),
  configmaps: (app, random) => ({
    data: {
      'application.yaml': Array.from(
        { length: 40 },
        (_, line) =>
          `${app}:\n  feature-${line}: ${random.below(2) === 0}\n  limit: ${random.below(5000)}\n`,
      ).join(''),
    },
  }),
  secrets: (_, random) => ({
    type: 'helm.sh/release.v1',
    data: { release: random.bytes(1200 + random.below(2400)).toString('base64') },
  }),
  endpointslices: (app, random) => ({
    addressType: 'IPv4',
    endpoints: Array.from({ length: 12 }, () => ({
      addresses: [address(random)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `worker-${random.below(60)}`,
      targetRef: { kind: 'Pod', name: `${app}-${hex(random, 10)}`, uid: uid(random) },
    })),
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  }),
};

function metadataOf(
  kind: string,
  {
    name,
    namespace,
    app,
  }: { readonly name: string; readonly namespace: string; readonly app: string },
  random: Random,
) {
  return {
    name,
    namespace,
    uid: uid(random),
    resourceVersion: String(100_000_000 + random.below(900_000_000)),
    creationTimestamp: time(random),
    labels: {
      app,
      'app.kubernetes.io/name': app,
      'app.kubernetes.io/instance': `${app}-${namespace}`,
      'pod-template-hash': hex(random, 10),
    },
    annotations: {
      'openshift.io/scc': 'restricted-v2',
      'k8s.v1.cni.cncf.io/network-status': `[{"name":"openshift-sdn","ips":["${address(random)}"],"default":true}]`,
    },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind, name: app, uid: uid(random), controller: true },
    ],
    managedFields: [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'v1',
        time: time(random),
        fieldsType: 'FieldsV1',
        fieldsV1: managedFields,
      },
    ],
  };
}

const managedFields = {
  'f:metadata': {
    'f:generateName': {},
    'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
    'f:ownerReferences': { '.': {} },
  },
  'f:spec': {
    'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:resources': {} } },
    'f:dnsPolicy': {},
    'f:restartPolicy': {},
    'f:terminationGracePeriodSeconds': {},
  },
};

function podSpec(app: string, random: Random) {
  return {
    containers: [
      {
        name: 'app',
        image: `registry.example.org/${app}@sha256:${digest(random)}`,
        env: Array.from({ length: 8 }, (_, index) => ({
          name: `SETTING_${index}`,
          value: `https://${app}.example.org/${hex(random, 6)}`,
        })),
        resources: {
          requests: { cpu: `${10 + random.below(500)}m`, memory: `${64 + random.below(900)}Mi` },
          limits: { memory: '1Gi' },
        },
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
        volumeMounts: [
          {
            name: `kube-api-access-${hex(random, 5)}`,
            readOnly: true,
            mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
          },
        ],
        terminationMessagePath: '/dev/termination-log',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    serviceAccountName: app,
    nodeName: `worker-${random.below(60)}`,
    securityContext: {
      seLinuxOptions: { level: `s0:c${random.below(1000)},c${random.below(1000)}` },
    },
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
    ],
  };
}

function podStatus(app: string, random: Random) {
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return {
    phase: 'Running',
    conditions: conditions.map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: time(random),
    })),
    hostIP: address(random),
    podIP: address(random),
    startTime: time(random),
    containerStatuses: [
      {
        name: 'app',
        state: { running: { startedAt: time(random) } },
        ready: true,
        restartCount: random.below(4),
        imageID: `registry.example.org/${app}@sha256:${digest(random)}`,
        containerID: `cri-o://${digest(random)}`,
      },
    ],
    qosClass: 'Burstable',
  };
}

function hex(random: Random, length: number): string {
  return random.bytes(length).toString('hex').slice(0, length);
}

function digest(random: Random): string {
  return createHash('sha256').update(random.bytes(8)).digest('hex');
}

function uid(random: Random): string {
  const text = hex(random, 32);
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20),
  ].join('-');
}

function time(random: Random): string {
  return new Date(1_700_000_000_000 + random.below(90_000_000) * 1000).toISOString();
}

function address(random: Random): string {
  return `10.${128 + random.below(4)}.${random.below(256)}.${random.below(256)}`;
}
