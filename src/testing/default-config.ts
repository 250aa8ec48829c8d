import { randomUUID } from 'node:crypto';

import type {
  ApiServer,
  ClusterVersion,
  Dns,
  Infrastructure,
  Ingress,
  Network,
  ObjectMeta,
  Proxy,
} from './cluster-objects.ts';
import { is } from './default-operators.ts';
import { imageReference } from './image-reference.ts';
import { kubeTime } from './object-meta.ts';
import { isAtLeast } from './openshift-version.ts';

const apiVersion = 'config.openshift.io/v1';

/** The domain below which the cluster's own names lie. */
const baseDomain = 'stand-in.example.com';

interface ConfigOptions {
  /** Since when everything is as it is. */
  readonly since: string;
  readonly version: string;
  readonly server: string;
  /** How many control plane nodes there are. */
  readonly nodes: number;
}

/** What a cluster says of itself in `config.openshift.io/v1`. */
export interface ClusterConfig {
  clusterVersion: ClusterVersion;
  infrastructure: Infrastructure;
  proxy: Proxy;
  apiServer: ApiServer;
  ingress: Ingress;
  dns: Dns;
  network: Network;
}

/** The configuration of a cluster without proxy and encryption whose installation is complete. */
export function clusterConfig(
  meta: (name: string) => ObjectMeta,
  options: ConfigOptions,
): ClusterConfig {
  return {
    clusterVersion: clusterVersion(meta('version'), options),
    infrastructure: infrastructure(meta('cluster'), options),
    proxy: {
      apiVersion,
      kind: 'Proxy',
      metadata: meta('cluster'),
      spec: { trustedCA: { name: '' } },
      status: {},
    },
    apiServer: {
      apiVersion,
      kind: 'APIServer',
      metadata: meta('cluster'),
      spec: { audit: { profile: 'Default' } },
    },
    ingress: {
      apiVersion,
      kind: 'Ingress',
      metadata: meta('cluster'),
      spec: { domain: `apps.${baseDomain}` },
      status: {},
    },
    dns: {
      apiVersion,
      kind: 'DNS',
      metadata: meta('cluster'),
      spec: { baseDomain },
      status: {},
    },
    network: {
      apiVersion,
      kind: 'Network',
      metadata: meta('cluster'),
      spec: networks(options.version),
      status: { ...networks(options.version), clusterNetworkMTU: 1400 },
    },
  };
}

function clusterVersion(metadata: ObjectMeta, { since, version }: ConfigOptions): ClusterVersion {
  const image = imageReference('ocp-release', version);
  const completionTime = kubeTime(new Date(Date.parse(since) + 40 * 60 * 1000));
  return {
    apiVersion,
    kind: 'ClusterVersion',
    metadata,
    spec: { clusterID: randomUUID(), channel: `stable-${version.replace(/\.\d+$/, '')}` },
    status: {
      desired: { version, image },
      history: [
        { state: 'Completed', version, image, startedTime: since, completionTime, verified: false },
      ],
      conditions: [
        is('Available', 'True', since),
        is('Failing', 'False', since),
        is('Progressing', 'False', since),
      ],
      availableUpdates: null,
      observedGeneration: 2,
      versionHash: 'q1Wd0vTgk7Y=',
    },
  };
}

const topologies = ['SingleReplica', 'DualReplica'];

function infrastructure(
  metadata: ObjectMeta,
  { server, nodes, version }: ConfigOptions,
): Infrastructure {
  const topology = topologies[nodes - 1] ?? 'HighlyAvailable';
  return {
    apiVersion,
    kind: 'Infrastructure',
    metadata,
    spec: { cloudConfig: { name: '' }, platformSpec: { type: 'None' } },
    status: {
      apiServerURL: server,
      apiServerInternalURI: server,
      ...(isAtLeast(version, '4.8') && {
        controlPlaneTopology: topology,
        infrastructureTopology: topology,
      }),
      infrastructureName: 'stand-in-7x2kq',
      platform: 'None',
      platformStatus: { type: 'None' },
    },
  };
}

function networks(version: string): Network['status'] {
  return {
    clusterNetwork: [{ cidr: '10.128.0.0/14', hostPrefix: 23 }],
    serviceNetwork: ['172.30.0.0/16'],
    networkType: isAtLeast(version, '4.12') ? 'OVNKubernetes' : 'OpenShiftSDN',
  };
}
