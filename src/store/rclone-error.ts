/** How rclone ended. */
export interface RcloneEnd {
  /** The command of rclone, such as `rcat`. */
  readonly command: string;
  /** `undefined` where it was not started, or killed. @see https://rclone.org/docs/#exit-code */
  readonly exitCode: number | undefined;
  /** The end of its stderr. What a server wrote may be in it: nothing to be repeated as it is. */
  readonly stderr: string;
  /** The operating system's word for why it was not started, such as `ENOENT`. */
  readonly code: string | undefined;
}

/** rclone failed, or could not be started. */
export class RcloneError extends Error {
  readonly end: RcloneEnd;

  constructor(end: RcloneEnd) {
    super(`rclone ${end.command}: exit code ${end.exitCode ?? 'none'}`);
    this.name = 'RcloneError';
    this.end = end;
  }
}

/** Whether an error of rclone says that the file or the folder is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof RcloneError && [3, 4].includes(error.end.exitCode ?? 0);
}
