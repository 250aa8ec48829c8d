/**
 * Bytes that can be read anywhere: a file on a node, an object in a store, a file in a test.
 *
 * `read` fills `buffer` from `offset`, all of it, or rejects; only a source that cannot be reached rejects, never one
 * whose bytes are bad.
 */
export interface ByteSource {
  readonly sizeBytes: number;
  read(offset: number, buffer: Uint8Array, signal: AbortSignal): Promise<void>;
}
