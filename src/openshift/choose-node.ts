import type { ControlPlaneNode } from './control-plane-nodes.ts';
import type { EtcdPod } from './etcd-pods.ts';
import type { ObservedCluster } from './observe-cluster.ts';

/** The node that a backup will be taken on, or why there is none. */
export type NodeChoice =
  | {
      readonly outcome: 'chosen';
      readonly node: ControlPlaneNode;
      readonly etcdImage: string;
      readonly reason: string;
    }
  | { readonly outcome: 'none'; readonly reason: string };

/** Chooses the named node, or the first fit one by name. A node is fit when it is Ready and runs a Ready etcd member. */
export function chooseNode(observed: ObservedCluster, named: string | undefined): NodeChoice {
  const { nodes } = observed;
  const names = nodes.map(({ name }) => name).join(', ');
  const candidates = named === undefined ? nodes : nodes.filter(({ name }) => name === named);
  if (candidates.length === 0) {
    const wanted = named === undefined ? 'a control plane node' : `node ${named}`;
    return {
      outcome: 'none',
      reason: `${wanted} is not there; control plane nodes: ${names || 'none'}`,
    };
  }
  const reasons: string[] = [];
  for (const node of candidates) {
    const pod = observed.etcdPods.find(({ nodeName }) => nodeName === node.name);
    const unfit = unfitness(node, pod);
    if (unfit === undefined && pod?.image !== undefined) {
      const reason =
        named === undefined ? `first fit of ${names}` : 'named in the request or configuration';
      return { outcome: 'chosen', node, etcdImage: pod.image, reason };
    }
    reasons.push(`${node.name}: ${unfit}`);
  }
  return { outcome: 'none', reason: reasons.join('; ') };
}

function unfitness(node: ControlPlaneNode, pod: EtcdPod | undefined): string | undefined {
  if (!node.isReady) return 'not Ready';
  if (node.hasDiskPressure) return 'has DiskPressure';
  if (pod === undefined) return 'runs no etcd member';
  if (!pod.isReady) return 'its etcd member is not Ready';
  if (pod.image === undefined) return 'the image of its etcd member is not known by digest';
  return undefined;
}
