import { storesOf } from '../contracts/index.ts';
import type { ClusterConfig } from '../config/config.ts';
import type { Resolver } from '../config/resolve.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { label } from '../kubernetes/labels.ts';
import { listOwnPods } from '../kubernetes/pod.ts';
import { findNodeLock } from '../script/find-node-lock.ts';
import { findTakeDirectories } from '../script/find-take-directories.ts';
import type { Finding } from './finding.ts';
import type { NodeVisits, VisitedNode } from './node-visits.ts';
import { orProblem } from './problem.ts';
import type { Problem } from './problem.ts';

/** Where a cleanup looks. */
export interface CleanupScene {
  /** The cluster's name in the configuration. */
  readonly name: string;
  readonly cluster: ClusterConfig;
  readonly resolver: Resolver;
  readonly api: ClusterApi;
  readonly visits: NodeVisits;
  /** None where nodes are left out. */
  readonly nodes: readonly VisitedNode[];
}

/** Everything of ours that was found, and what could not be looked at. */
export interface Findings {
  readonly found: readonly Finding[];
  readonly problems: readonly Problem[];
}

/**
 * Looks for everything of ours but the Lease: pods in our namespace, directories on the nodes, unfinished uploads in the stores.
 * Changes nothing but for the visits' own pods.
 */
export async function findEverything(scene: CleanupScene, signal: AbortSignal): Promise<Findings> {
  const { name, cluster, resolver, visits, nodes } = scene;
  const { namespace, backupDirectory } = cluster;
  const stores = storesOf(cluster);
  const looks: readonly (readonly [where: string, look: () => Promise<readonly Finding[]>])[] = [
    [`namespace ${namespace}`, () => findPods(scene, signal)],
    ...nodes.map(
      (node) =>
        [`node ${node.name}`, () => findOnNode(visits, node, backupDirectory, signal)] as const,
    ),
    ...stores.map(
      (store) => [`store ${store}`, () => findUploads(resolver, store, name, signal)] as const,
    ),
  ];
  const looked = looks.map(([where, look]) => orProblem(where, signal, look));
  // An interrupted look may still make its pod: whoever ends the visits must not be faster.
  await Promise.allSettled(looked);
  const results = await Promise.all(looked);
  return {
    found: results.flatMap((result) => ('value' in result ? result.value : [])),
    problems: results.flatMap((result) => ('problem' in result ? [result.problem] : [])),
  };
}

async function findPods(
  { api, cluster: { namespace }, visits }: CleanupScene,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const pods = await listOwnPods(api, namespace, signal);
  return pods
    .map(({ metadata, spec }) => ({
      metadata,
      nodeName: spec.nodeName ?? '',
      labels: metadata.labels ?? {},
    }))
    .filter(({ labels }) => labels[label.run] !== visits.visitor)
    .map(({ metadata, nodeName, labels }) => ({
      kind: 'pod',
      run: labels[label.run] ?? '',
      namespace,
      name: metadata.name,
      uid: metadata.uid,
      nodeName,
    }));
}

async function findOnNode(
  visits: NodeVisits,
  { name }: VisitedNode,
  backupDirectory: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const shell = await visits.open(name, signal);
  const takes = await findTakeDirectories(shell, backupDirectory, signal);
  const lock = await findNodeLock(shell, backupDirectory, signal);
  return [
    ...takes.map((take) => ({ kind: 'directory', nodeName: name, ...take }) as const),
    ...(lock === undefined ? [] : [{ kind: 'lock', nodeName: name, ...lock } as const]),
  ];
}

async function findUploads(
  resolver: Resolver,
  store: string,
  cluster: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const uploads = await resolver.store(store).listUploads(`${cluster}/`, signal);
  return uploads.flatMap((upload) => {
    const run = runOf(upload.key);
    return run === undefined ? [] : [{ kind: 'upload', run, store, upload }];
  });
}

/** The run's name in a key `<cluster>/<UTC time>-<run>/<file>`; a key that has none is somebody else's. */
function runOf(key: string): string | undefined {
  return /^[^/]+\/\d{8}T\d{6}Z-([a-z0-9]{12})\/[^/]+$/.exec(key)?.[1];
}
