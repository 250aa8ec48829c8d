/** What is to be known of a remote of rclone. Holds no secret: those are in rclone's own configuration. */
export interface RcloneOptions {
  /** `name:path`, the name of a remote in rclone's configuration and a path there: `b2:bucket/etcd`. */
  readonly remote: string;
  /** rclone's configuration file; absolute. @default the one that rclone looks for itself */
  readonly configFile?: string;
  /** Names of environment variables that rclone is to see besides the usual ones: those that its backend reads. */
  readonly variables?: readonly string[];
}

/** Options of `createRcloneStore`. */
export interface RcloneStoreOptions extends RcloneOptions {
  /** The store's name in the configuration. */
  readonly name: string;
}

/** The oldest rclone that will do: major and minor. */
export const oldestRclone = [1, 66] as const;
