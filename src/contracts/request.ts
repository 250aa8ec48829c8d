import type { Duration } from './duration.ts';

/** Lets one guard pass that would refuse. It is recorded in the manifest with its reason. */
export interface Override {
  /** The guard's name, as `GuardRefused` prints it. */
  readonly guard: string;
  /** Why, in the words of who decided it. */
  readonly reason: string;
  /** Who decided it, where that was said. */
  readonly who?: string;
}

/**
 * Asks for one backup. `{ cluster }` is a complete request: everything else is the worker's configuration.
 *
 * Plain JSON without a secret: it stands in workflow histories. Fields are only ever added, and optional.
 */
export interface BackupRequest {
  /** The cluster's name in the worker's configuration. */
  readonly cluster: string;
  /** The control plane node to take the snapshot on. @default the first fit one */
  readonly node?: string;
  readonly overrides?: readonly Override[];
  /** The task queue whose workers reach this cluster. @default the workflow's own */
  readonly taskQueue?: string;
  /** The time the run may take, counted from the last wait. @default the configuration's, else `24h` */
  readonly deadline?: Duration;
  /** The name of the run whose files, kept on the node, this run continues to store: 12 characters of `[a-z0-9]`. */
  readonly resume?: string;
  /** Free text for the manifest: a ticket, a team. */
  readonly labels?: Readonly<Record<string, string>>;
}
