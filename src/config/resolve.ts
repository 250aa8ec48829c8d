import type { KeyObject } from 'node:crypto';

import { azureEndpoint, azurePlace } from '../store/azure-endpoint.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { directoryIdentity } from '../store/directory-identity.ts';
import { mountSource } from '../store/mount-source.ts';
import type { StoreEndpoint } from '../store/mount-source.ts';
import { rclonePlace } from '../store/rclone-place.ts';
import { s3Endpoint, s3Place } from '../store/s3-endpoint.ts';
import { clusterApi } from '../kubernetes/api.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import type { Config } from './config.ts';
import { clusterConfig, storeConfig } from './look-up.ts';
import { nodeAccess } from './node-access.ts';
import type { NodeAccess } from './node-access.ts';
import { openStore } from './open-store.ts';
import { signingKey, trustedKeys } from './signing-keys.ts';

/** A cluster's name turned into the adapters that its configuration asks for. */
export interface ResolvedCluster {
  readonly api: ClusterApi;
  readonly node: NodeAccess;
}

/** Turns names into adapters; the only place that knows them. Opens no connection. */
export interface Resolver {
  cluster(name: string): ResolvedCluster;
  store(name: string): BackupStore;
  /** The server that the store's bytes go to; `undefined` where they stay on this machine, or where it cannot be known. */
  storeEndpoint(name: string): Promise<StoreEndpoint | undefined>;
  /** What is the same for two names of one place. */
  storePlace(name: string): Promise<string>;
  /** The key that manifests are signed with, where the configuration names one. Read anew. @throws {ConfigError} */
  signingKey(): Promise<KeyObject | undefined>;
  /** The keys whose signatures are believed. Read anew. @throws {ConfigError} */
  trustedKeys(): Promise<readonly KeyObject[]>;
}

export function createResolver(config: Config): Resolver {
  const remembered = new Map<string, ResolvedCluster>();
  return {
    cluster(name) {
      const known = remembered.get(name);
      if (known !== undefined) return known;
      const cluster = clusterConfig(config, name);
      const api = clusterApi(cluster);
      const resolved = { api, node: nodeAccess(cluster, api) };
      remembered.set(name, resolved);
      return resolved;
    },
    store: (name) => openStore(config, name),
    storeEndpoint: async (name) => {
      const store = storeConfig(config, name);
      if ('s3' in store) return s3Endpoint(store.s3);
      if ('azure' in store) return azureEndpoint(store.azure);
      if ('rclone' in store) return (await rclonePlace(store.rclone)).endpoint;
      return await mountSource(store.directory);
    },
    storePlace: async (name) => {
      const store = storeConfig(config, name);
      if ('s3' in store) return s3Place(store.s3);
      if ('azure' in store) return azurePlace(store.azure);
      if ('rclone' in store) return (await rclonePlace(store.rclone)).place;
      return await directoryIdentity(store.directory);
    },
    signingKey: async () => await signingKey(config),
    trustedKeys: async () => await trustedKeys(config),
  };
}
