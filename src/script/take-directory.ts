import type { Take } from '../contracts/index.ts';

/** What stands in a take's directory, by absolute path on the node. */
export interface TakeDirectory {
  readonly root: string;
  /** Proxy variables as shell assignments, 0600. */
  readonly environment: string;
  /** Lock, pid, boot id, start time, log and exit code of the script. Made by the start that wins. */
  readonly script: string;
  /** The script's argument: where it writes its files. */
  readonly backup: string;
}

export function takeDirectory({ directory }: Take): TakeDirectory {
  return {
    root: directory,
    environment: `${directory}/environment`,
    script: `${directory}/script`,
    backup: `${directory}/backup`,
  };
}
