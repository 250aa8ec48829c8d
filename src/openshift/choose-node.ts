import type { NodeCandidate } from '../contracts/cluster-facts.ts';
import type { ControlPlaneNode, MachineConfigState } from './control-plane-nodes.ts';
import type { EtcdPod } from './etcd-pods.ts';
import { NotObserved } from './observed-cluster.ts';
import type { ObservedCluster } from './observed-cluster.ts';

/** The guards that are about one node; the others are about the cluster. */
export type NodeChoiceGuard = 'fitNode' | 'machineConfigSettled';

/** Why a node is not taken, and which guard says so. */
export interface Unfitness {
  /** Absent where there is no node at all. */
  readonly node?: string;
  readonly guard: NodeChoiceGuard;
  readonly reason: string;
}

/** The nodes that a backup may be taken on, in the order in which they are tried, and why not on the others. */
export type NodeChoice =
  | {
      readonly outcome: 'observed';
      /** Empty where none is fit. */
      readonly candidates: readonly NodeCandidate[];
      readonly unfit: readonly Unfitness[];
      /** No node is fit; the candidates are those whose guards are overridden. */
      readonly isForced: boolean;
    }
  /** The nodes could not be read. */
  | { readonly outcome: 'notObserved'; readonly reason: string };

/** What {@link chooseNodes} goes by. */
export interface NodeWishes {
  /** By the request, else by the configuration. */
  readonly named?: string;
  /** The debug pod will run the image of the node's own etcd member. */
  readonly needsImage: boolean;
  /** Nodes that only these guards refuse are taken where no other is fit. */
  readonly overridden: ReadonlySet<string>;
}

/**
 * Chooses among the control plane nodes by what the API shows: the named one, or all fit ones in order of name. A node is fit
 * when it is Ready and schedulable, without pressure, its MachineConfig applied, and its etcd member Ready.
 */
export function chooseNodes(observed: ObservedCluster, wishes: NodeWishes): NodeChoice {
  try {
    return choose(observed, wishes);
  } catch (error) {
    if (error instanceof NotObserved) return { outcome: 'notObserved', reason: error.message };
    throw error;
  }
}

function choose(
  { nodes, etcdPods }: ObservedCluster,
  { named, needsImage, overridden }: NodeWishes,
): NodeChoice {
  const considered = named === undefined ? nodes : nodes.filter(({ name }) => name === named);
  if (considered.length === 0) {
    const wanted = named === undefined ? 'a control plane node' : `node ${named}`;
    const names = nodes.map(({ name }) => name).join(', ') || 'none';
    const reason = `${wanted} is not there; control plane nodes: ${names}`;
    const unfit: readonly Unfitness[] = [{ guard: 'fitNode', reason }];
    return { outcome: 'observed', candidates: [], unfit, isForced: false };
  }
  const judged = considered.map((node) => {
    const pod = etcdPods.find(({ nodeName }) => nodeName === node.name);
    return { node, pod, unfit: unfitness(node, pod, needsImage) };
  });
  const unfit = judged.flatMap((each) => each.unfit);
  const fit = judged.filter((each) => each.unfit.length === 0);
  const isForced = fit.length === 0;
  const taken = isForced
    ? judged.filter((each) => each.unfit.every(({ guard }) => overridden.has(guard)))
    : fit;
  const candidates = taken.map(({ node, pod, unfit: own }, place) => ({
    name: node.name,
    reason: reasonFor(node, named, own, place === 0 ? unfit : []),
    ...(node.architecture === '' ? {} : { architecture: node.architecture }),
    ...(pod?.image === undefined ? {} : { etcdImage: pod.image }),
  }));
  return { outcome: 'observed', candidates, unfit, isForced: isForced && candidates.length > 0 };
}

function unfitness(
  node: ControlPlaneNode,
  pod: EtcdPod | undefined,
  needsImage: boolean,
): readonly Unfitness[] {
  const { name } = node;
  const own = [
    ...(node.isReady ? [] : ['not Ready']),
    ...node.pressures.map((pressure) => `has ${pressure}`),
    ...(node.isUnschedulable ? ['cordoned'] : []),
    ...etcdUnfitness(pod, needsImage),
  ].map((reason): Unfitness => ({ node: name, guard: 'fitNode', reason }));
  const unsettled = unsettledMachineConfig(node.machineConfig);
  return unsettled === undefined
    ? own
    : [...own, { node: name, guard: 'machineConfigSettled', reason: unsettled }];
}

function etcdUnfitness(pod: EtcdPod | undefined, needsImage: boolean): readonly string[] {
  if (pod === undefined) return ['runs no etcd member'];
  return [
    ...(pod.isReady ? [] : ['its etcd member is not Ready']),
    ...(pod.image === undefined && needsImage
      ? ['the image of its etcd member is not known by digest']
      : []),
  ];
}

function unsettledMachineConfig({
  state,
  current,
  desired,
}: MachineConfigState): string | undefined {
  if (state !== undefined && state !== 'Done') return `MachineConfig ${state}`;
  if (current !== desired) {
    return `MachineConfig ${current ?? 'none'}, about to become ${desired ?? 'none'}`;
  }
  return undefined;
}

function reasonFor(
  { machineConfig }: ControlPlaneNode,
  named: string | undefined,
  own: readonly Unfitness[],
  all: readonly Unfitness[],
): string {
  if (own.length > 0) {
    return `overridden although ${own.map(({ reason }) => reason).join(', ')}`;
  }
  if (named !== undefined) return 'named in the request or the configuration';
  const applied = machineConfig.state === undefined ? '' : ', MachineConfig Done';
  return `Ready, no pressure${applied}, etcd member Ready${passedOver(all)}`;
}

function passedOver(all: readonly Unfitness[]): string {
  return all.length === 0 ? '' : `; not ${describeUnfit(all)}`;
}

/** The nodes and what is wrong with each: `master-0: not Ready, cordoned; master-1: …`. */
export function describeUnfit(all: readonly Unfitness[]): string {
  const byNode = Map.groupBy(all, ({ node }) => node);
  return [...byNode]
    .map(([node, unfit]) => {
      const reasons = unfit.map(({ reason }) => reason).join(', ');
      return node === undefined ? reasons : `${node}: ${reasons}`;
    })
    .join('; ');
}
