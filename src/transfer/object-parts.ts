import type { PartGeometry } from '../store/layout.ts';

/**
 * An object as its store will hold it, cut into equal parts: a file of the node as it is (`fileParts`), or what is made of
 * one. Whoever makes it keeps these obligations:
 *
 * - Making it again, on any worker and at any time, gives the same geometry and the same bytes, or fails.
 * - It holds at most one more part in memory than the buffers that `read` was given.
 * - What another try can mend, such as a lost connection, it tries again by itself.
 * - Its failures are of the catalogue; an aborted signal rejects with the signal's reason.
 */
export interface ObjectParts extends PartGeometry, AsyncDisposable {
  /** SHA-256 of the whole object, where that is known before all of it was made. Lower-case hexadecimal. */
  readonly sha256?: string;
  /**
   * The SHA-256 that each part must have, in order of part; `undefined` for one that must be made first. A stored part with
   * another digest is sent again; one whose digest is not known is made, and sent unless the store has the same.
   */
  digests(): Promise<readonly (string | undefined)[]>;
  /**
   * Fills `buffer`, which is as long as the part, and returns its SHA-256. Called in ascending order of number, from any
   * number on and with gaps; the next call may come before one has settled, the one after that may not.
   */
  read(number: number, buffer: Uint8Array): Promise<string>;
}

/**
 * Makes of a file's parts those of another object. It reads parts of the file, each proven to be what the node has, in the
 * way that it is read itself. Closing `plain` is not its business.
 */
export type Transform = (plain: ObjectParts, signal: AbortSignal) => Promise<ObjectParts>;
