/** How a command on the node ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** At most 64 KiB; what came after that is cut off. */
  readonly stderr: string;
}

/** Options of {@link NodeShell.run}. */
export interface RunOptions {
  /** Given to the command whole, then its stdin ends. The only way a secret may reach the node. */
  readonly stdin?: Uint8Array;
  /** More output than this fails the call. @default 1 MiB */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * A root shell on one control plane node: the port that the debug pod, ssh and a local worker implement.
 *
 * Every adapter keeps these obligations, and `test/node/conformance.ts` asks for them:
 *
 * - `argv` reaches the node as it is: one argument stays one, no shell reads it. It may be logged by others (the API
 *   server's audit log has it), so no secret is ever in it.
 * - The command runs as root in the node's own root file system, with nothing in its environment but `PATH`,
 *   `HOME=/root` and `LC_ALL=C`, umask 077, working directory `/`. Without `stdin` its stdin is empty.
 * - An exit code other than 0 is a result, not an error: only the caller knows what it means.
 * - A lost connection, node or pod fails with `NodeUnreachable` (retryable); the command may then still be running.
 * - An aborted signal rejects with the signal's reason and closes the connection; it does not stop the command.
 */
export interface NodeShell {
  readonly nodeName: string;
  /**
   * Words before a command, in `argv` or in a program on the node: the command is then one of the debug pod's image, in the
   * image's root file system, and all else is as it was. Whether the image has it, nobody knows. Absent where there is no pod.
   */
  readonly inImage?: readonly string[];
  /** Runs `argv` to its end; for small output only. */
  run(argv: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Starts `argv` as a process with exact reads, for bulk data. */
  open(argv: readonly string[], options: { readonly signal: AbortSignal }): Promise<NodeChannel>;
}

/**
 * A running process on the node.
 *
 * Bytes that nobody asked for wait at the other end: memory stays bounded by the buffers that `read` was given.
 */
export interface NodeChannel {
  /** Sends bytes to the process's stdin. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Fills `buffer` with the next bytes of the process's stdout: all of it, or fails. The process's end, a lost
   * connection, or no byte for 30 seconds fail with `NodeUnreachable` (retryable), which says how many bytes arrived.
   */
  read(buffer: Uint8Array): Promise<void>;
  /** Ends the connection; the process sees its stdin end. Safe to repeat; never fails. */
  close(): Promise<void>;
}
