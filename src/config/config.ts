import type { ClusterConnection } from '../kubernetes/connect.ts';
import type { Duration } from '../contracts/index.ts';

/**
 * A whole configuration: valid, defaults filled in, units resolved, paths absolute. Made by `loadConfig` and
 * `defineConfig`; plain data without a secret. What is inside may grow and move, so hand it on and do not take it apart.
 */
export interface Config {
  readonly taskQueue: string;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly stores: Readonly<Record<string, StoreConfig>>;
}

/** Everything a worker knows about one cluster. */
export interface ClusterConfig extends ClusterConnection {
  readonly node?: string;
  readonly namespace: string;
  readonly image?: string;
  readonly backupDirectory: string;
  readonly stores: { readonly snapshot: string; readonly staticKubeResources: string };
  readonly keepOnNode: 'never' | 'onUploadFailure';
  readonly deadlineMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly noProgressMs: number;
  readonly partSizeBytes: number;
}

/** A place where backups live. */
export interface StoreConfig {
  readonly directory: string;
}

/** A configuration as people write it, see `docs/configuration.md`; every key means there what it means here. */
export interface ConfigInput {
  readonly taskQueue?: string;
  readonly clusters: Readonly<Record<string, ClusterInput>>;
  readonly stores: Readonly<Record<string, StoreInput>>;
}

/** One cluster as people write it. */
export interface ClusterInput {
  readonly kubeconfig:
    { readonly file: string; readonly context?: string } | { readonly inCluster: true };
  readonly node?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly backupDirectory?: string;
  readonly stores: { readonly snapshot: string; readonly staticKubeResources: string };
  readonly keepOnNode?: 'never' | 'onUploadFailure';
  readonly deadline?: Duration;
  readonly heartbeatTimeout?: Duration;
  readonly noProgress?: Duration;
  readonly partSize?: `${number}${'KiB' | 'MiB'}`;
}

/** One store as people write it. */
export interface StoreInput {
  readonly directory: string;
}
