import type { BackupStore } from '../store/backup-store.ts';
import { createDirectoryStore } from '../store/directory-store.ts';
import { clusterApi } from '../kubernetes/api.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { debugPodShell } from '../node/debug-pod-shell.ts';
import { endDebugPod, ensureDebugPod } from '../node/debug-session.ts';
import type { NodeShell } from '../node/node-shell.ts';
import type { TakeContext } from '../contracts/index.ts';
import type { Config } from './config.ts';
import { clusterConfig, storeConfig } from './look-up.ts';

/** The way to a take's node. */
export interface NodeAccess {
  /** A shell on the node; whatever carries it is made, adopted or made again first. Safe to repeat. */
  open(context: TakeContext, signal: AbortSignal): Promise<NodeShell>;
  /** Ends what carried it and waits until that is gone. Safe to repeat. */
  end(context: TakeContext, signal: AbortSignal): Promise<void>;
}

/** A cluster's name turned into the adapters that its configuration asks for. */
export interface ResolvedCluster {
  readonly api: ClusterApi;
  readonly node: NodeAccess;
}

/** Turns names into adapters; the only place that knows them. Opens no connection. */
export interface Resolver {
  cluster(name: string): ResolvedCluster;
  store(name: string): BackupStore;
}

export function createResolver(config: Config): Resolver {
  return {
    cluster(name) {
      const connection = clusterConfig(config, name);
      const api = clusterApi(connection);
      return { api, node: debugPodAccess(connection, api) };
    },
    store: (name) => createDirectoryStore({ name, ...storeConfig(config, name) }),
  };
}

function debugPodAccess(connection: Parameters<typeof clusterApi>[0], api: ClusterApi): NodeAccess {
  return {
    async open({ run, take, session }, signal) {
      const owner = { run: run.name, cluster: run.cluster, take: take.number };
      await ensureDebugPod(api, session, owner, { signal });
      return debugPodShell(connection, session);
    },
    async end({ run, take, session }, signal) {
      const owner = { run: run.name, cluster: run.cluster, take: take.number };
      await endDebugPod(api, session, owner, { signal });
    },
  };
}
