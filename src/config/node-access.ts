import { failure } from '../contracts/failures.ts';
import type { Access, DebugSession } from '../contracts/index.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { debugPodShell } from '../node/debug-pod-shell.ts';
import { endDebugPod, ensureDebugPod } from '../node/debug-session.ts';
import { localShell } from '../node/local-shell.ts';
import { nodeAddress } from '../node/node-address.ts';
import type { NodeShell } from '../node/node-shell.ts';
import type { NodeVisit } from '../node/node-visit.ts';
import { requireThisNode } from '../node/this-node.ts';
import { sshShell } from '../node/ssh-shell.ts';
import type { SshTarget } from '../node/ssh-command.ts';
import type { ClusterConfig } from './config.ts';

/**
 * The way to a node, by the access that the visit's policy says: a take's context is a visit, and `nodeVisit` makes one for
 * whoever has no take.
 */
export interface NodeAccess {
  /**
   * A shell on the node; whatever carries it is made, adopted or made again first. Safe to repeat.
   *
   * @throws `NodeUnfit`, not retryable, where access is `local` and this machine is another node; `ConfigInvalid`, not
   * retryable; and what making the debug pod throws
   */
  open(visit: NodeVisit, signal: AbortSignal): Promise<NodeShell>;
  /** Ends what carried it and waits until that is gone. Safe to repeat. */
  end(visit: NodeVisit, signal: AbortSignal): Promise<void>;
}

/** The ways to the nodes of one cluster. Opens no connection. */
export function nodeAccess(cluster: ClusterConfig, api: ClusterApi): NodeAccess {
  const ways: Record<Access, NodeAccess> = {
    debugPod: debugPodAccess(cluster, api),
    ssh: sshAccess(cluster, api),
    local: localAccess,
  };
  return {
    open: async (visit, signal) => await ways[visit.policy.access].open(visit, signal),
    end: async (visit, signal) => await ways[visit.policy.access].end(visit, signal),
  };
}

function debugPodAccess(cluster: ClusterConfig, api: ClusterApi): NodeAccess {
  return {
    async open(visit, signal) {
      const session = sessionOf(visit);
      await ensureDebugPod(api, session, ownerOf(visit), { signal });
      return debugPodShell(cluster, session);
    },
    async end(visit, signal) {
      await endDebugPod(api, sessionOf(visit), ownerOf(visit), { signal });
    },
  };
}

function ownerOf({ run, take }: NodeVisit): { run: string; cluster: string; take: number } {
  return { run: run.name, cluster: run.cluster, take: take.number };
}

function sessionOf({ session, take }: NodeVisit): DebugSession {
  if (session !== undefined) return session;
  throw failure('ConfigInvalid', {
    observed: 'debug session: no image is known for the pod, expected one by digest',
    where: { node: take.nodeName },
    nextStep: 'Name an image in the configuration of the cluster.',
  });
}

/** How long an answer of the API about an address is believed, or its silence. */
const addressMs = 5 * 60_000;

function sshAccess({ ssh }: ClusterConfig, api: ClusterApi): NodeAccess {
  const known = new Map<string, { readonly address: string | undefined; readonly until: number }>();
  const addressOf = async (nodeName: string, signal: AbortSignal): Promise<string | undefined> => {
    const found = known.get(nodeName);
    if (found !== undefined && Date.now() < found.until) return found.address;
    // A node that had an address keeps it while the API is silent.
    const address = (await nodeAddress(api, nodeName, signal)) ?? found?.address;
    known.set(nodeName, { address, until: Date.now() + addressMs });
    return address;
  };
  return {
    async open({ policy, take: { nodeName } }, signal) {
      const { hosts, ...options } = ssh ?? { user: 'core' };
      const host =
        hosts !== undefined && Object.hasOwn(hosts, nodeName) ? hosts[nodeName] : undefined;
      // Where the API is known to be away, every step would wait for it.
      const asks = host === undefined && policy.mutex !== 'nodeLock';
      const address = asks ? await addressOf(nodeName, signal) : undefined;
      const target: SshTarget = {
        nodeName,
        ...options,
        ...(host === undefined ? {} : { host }),
        ...(address === undefined ? {} : { address }),
      };
      return sshShell(target);
    },
    end: async () => {},
  };
}

const localAccess: NodeAccess = {
  async open({ take: { nodeName } }) {
    requireThisNode(nodeName);
    return localShell(nodeName);
  },
  end: async () => {},
};
