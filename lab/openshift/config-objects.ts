import { apiServerUrl, place } from '../place.ts';
import { revisions } from '../cluster/static-pod.ts';
import { apiTime, installationTime, installed } from './installed.ts';

/** An object of one of OpenShift's kinds, cluster-scoped, with the status its operator would write. */
export interface OpenshiftObject {
  readonly plural: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: object;
  /** Of a kind whose status is no subresource. */
  readonly plainStatus?: object;
  /** One after the other: some fields may not be there from the start. */
  readonly statuses: readonly object[];
}

/** What the cluster says of itself: its version, its place, its proxy, its API server, its operators. */
export function configObjects(): readonly OpenshiftObject[] {
  return [
    clusterVersion(),
    config('infrastructures', 'Infrastructure', 'cluster', {
      spec: { cloudConfig: { name: '' }, platformSpec: { type: 'None' } },
      status: {
        infrastructureName: installed.infrastructureName,
        apiServerURL: apiServerUrl,
        apiServerInternalURI: apiServerUrl,
        etcdDiscoveryDomain: '',
        controlPlaneTopology: 'SingleReplica',
        infrastructureTopology: 'SingleReplica',
        cpuPartitioning: 'None',
        platform: 'None',
        platformStatus: { type: 'None' },
      },
    }),
    config('proxies', 'Proxy', 'cluster', { spec: { trustedCA: { name: '' } }, status: {} }),
    config('apiservers', 'APIServer', 'cluster', {
      spec: { audit: { profile: 'Default' }, encryption: { type: 'identity' } },
      status: {},
    }),
    config('dnses', 'DNS', 'cluster', { spec: { baseDomain }, status: {} }),
    config('ingresses', 'Ingress', 'cluster', {
      spec: { domain: `apps.${baseDomain}` },
      status: { componentRoutes: [], defaultPlacement: 'ControlPlane' },
    }),
    {
      plural: 'networks',
      apiVersion: 'config.openshift.io/v1',
      kind: 'Network',
      name: 'cluster',
      spec: networks,
      plainStatus: networks,
      statuses: [],
    },
    ...Object.keys(revisions).map(clusterOperator),
  ];
}

const baseDomain = 'lab.example.com';

/** As a cluster has them by default. */
const networks = {
  clusterNetwork: [{ cidr: '10.128.0.0/14', hostPrefix: 23 }],
  serviceNetwork: ['172.30.0.0/16'],
  networkType: 'OVNKubernetes',
};

function config(
  plural: string,
  kind: string,
  name: string,
  { spec, status }: { readonly spec: object; readonly status: object },
): OpenshiftObject {
  return { plural, apiVersion: 'config.openshift.io/v1', kind, name, spec, statuses: [status] };
}

function clusterVersion(): OpenshiftObject {
  const started = installationTime();
  const completed = new Date(started.getTime() + 40 * 60_000);
  const desired = { version: installed.version, image: installed.releaseImage };
  const { version } = installed;
  return config('clusterversions', 'ClusterVersion', 'version', {
    spec: { channel: 'stable-4.16', clusterID: installed.clusterId },
    status: {
      desired,
      observedGeneration: 1,
      versionHash: 'bGFiCg==',
      availableUpdates: null,
      history: [
        {
          ...desired,
          state: 'Completed',
          startedTime: apiTime(started),
          completionTime: apiTime(completed),
          verified: false,
        },
      ],
      conditions: [
        condition('Available', 'True', '', `Done applying ${version}`, completed),
        condition('Failing', 'False', '', '', completed),
        condition('Progressing', 'False', '', `Cluster version is ${version}`, completed),
        condition('RetrievedUpdates', 'False', 'RemoteFailed', 'no update service', completed),
        condition('Upgradeable', 'True', 'AsExpected', '', completed),
      ],
    },
  });
}

function clusterOperator(name: string): OpenshiftObject {
  const revision = Object.entries(revisions).find(([component]) => component === name)?.[1];
  const at = `1 node is at revision ${revision}`;
  const since = installationTime();
  const conditions = [
    condition('Available', 'True', 'AsExpected', at, since),
    condition(
      'Degraded',
      'False',
      'AsExpected',
      'NodeControllerDegraded: All master nodes are ready',
      since,
    ),
    condition('Progressing', 'False', 'AsExpected', `NodeInstallerProgressing: ${at}`, since),
    condition('Upgradeable', 'True', 'AsExpected', 'All is well', since),
  ];
  const versions = [{ name: 'operator', version: installed.version }];
  return config('clusteroperators', 'ClusterOperator', name, {
    spec: {},
    status: { conditions, versions, relatedObjects: relatedTo(name) },
  });
}

function relatedTo(name: string): readonly object[] {
  const namespace = { group: '', resource: 'namespaces', name: `openshift-${name}` };
  return [namespace, { group: '', resource: 'nodes', name: place.nodeName }];
}

/** A condition as OpenShift's operators write them. */
export function condition(
  type: string,
  status: 'True' | 'False',
  reason: string,
  message: string,
  since: Date,
): object {
  return { type, status, reason, message, lastTransitionTime: apiTime(since) };
}
