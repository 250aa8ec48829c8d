import type { ClusterConnection } from '../kubernetes/connect.ts';
import type { AzureOptions } from '../store/azure-options.ts';
import type { RcloneOptions } from '../store/rclone-options.ts';
import type { S3Options } from '../store/s3-options.ts';
import type {
  Access,
  Duration,
  QuietHours,
  StoreNames,
  StorePolicy,
  TransferPolicy,
} from '../contracts/index.ts';

/**
 * A whole configuration: valid, defaults filled in, units resolved, paths absolute. Made by `loadConfig` and
 * `defineConfig`; plain data without a secret. What is inside may grow and move, so hand it on and do not take it apart.
 */
export interface Config {
  readonly taskQueue: string;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly stores: Readonly<Record<string, StoreConfig>>;
  readonly signing?: SigningConfig;
}

/** The keys of the manifests' signature, by reference; holds no key. */
export interface SigningConfig {
  readonly privateKey?: KeyReference;
  readonly publicKeys?: readonly KeyReference[];
}

/** Where a key in PEM is: a file, absolute, or an environment variable of this process. */
export type KeyReference = { readonly file: string } | { readonly variable: string };

/** Everything a worker knows about one cluster. */
export interface ClusterConfig extends ClusterConnection {
  readonly access: Access;
  readonly ssh?: SshConfig;
  readonly node?: string;
  readonly namespace: string;
  readonly image?: string;
  readonly backupDirectory: string;
  readonly stores: StoreNames;
  readonly copies: readonly StoreNames[];
  readonly separateStores: 'auto' | 'always' | 'never';
  readonly beforeFirstCertificateRotation: 'refuse' | 'wait' | 'override';
  readonly quietHours?: QuietHours;
  readonly keepOnNode: 'never' | 'onUploadFailure';
  readonly deadlineMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly noProgressMs: number;
  readonly partSizeBytes: number;
  readonly transfer: TransferPolicy;
}

/** How `access: ssh` reaches the nodes of one cluster; names files, holds no secret. */
export interface SshConfig {
  readonly user: string;
  readonly port?: number;
  /** Absolute. */
  readonly identityFile?: string;
  /** Absolute. */
  readonly knownHosts?: string;
  /** By the node's name. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A place where backups live, a directory of the worker, absolute, a bucket, a container, or a remote of rclone; and what it asks. */
export type StoreConfig = (
  | { readonly directory: string }
  | { readonly s3: S3Options }
  | { readonly azure: AzureOptions }
  | { readonly rclone: RcloneOptions }
) &
  StorePolicy;

/** A configuration as people write it, see `docs/configuration.md`; every key means there what it means here. */
export interface ConfigInput {
  readonly taskQueue?: string;
  readonly clusters: Readonly<Record<string, ClusterInput>>;
  readonly stores: Readonly<Record<string, StoreInput>>;
  readonly signing?: SigningConfig;
}

/** One cluster as people write it. */
export interface ClusterInput {
  readonly kubeconfig:
    { readonly file: string; readonly context?: string } | { readonly inCluster: true };
  readonly access?: Access;
  readonly ssh?: Partial<SshConfig>;
  readonly node?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly backupDirectory?: string;
  readonly stores: StoreNames;
  readonly copies?: readonly StoreNames[];
  readonly separateStores?: 'auto' | 'always' | 'never';
  readonly beforeFirstCertificateRotation?: 'refuse' | 'wait' | 'override';
  readonly quietHours?: Omit<QuietHours, 'outside'> & Partial<Pick<QuietHours, 'outside'>>;
  readonly keepOnNode?: 'never' | 'onUploadFailure';
  readonly deadline?: Duration;
  readonly heartbeatTimeout?: Duration;
  readonly noProgress?: Duration;
  readonly partSize?: ByteSize;
  readonly transfer?: TransferInput;
}

/** How files travel as people write it. */
export interface TransferInput {
  readonly lanes?: number;
  readonly compression?: 'auto' | 'off';
  /** Per second. */
  readonly maxRate?: ByteSize;
  readonly direct?: boolean;
}

type ByteSize = `${number}${'KiB' | 'MiB'}`;

/** One store as people write it. */
export type StoreInput = (
  | { readonly directory: string }
  | { readonly s3: S3Input }
  | { readonly azure: AzureInput }
  | { readonly rclone: RcloneOptions }
) &
  StorePolicy;

/** A bucket as people write it. */
export interface S3Input extends Omit<S3Options, 'objectLock'> {
  readonly objectLock?: {
    readonly mode: 'governance' | 'compliance';
    readonly retainFor: Duration;
  };
}

/** A container as people write it. */
export interface AzureInput extends Omit<AzureOptions, 'immutability'> {
  readonly immutability?: {
    readonly mode: 'unlocked' | 'locked';
    readonly retainFor: Duration;
  };
}
