import type { ObjectLock } from '../contracts/files.ts';

/** What an endpoint was found to give. */
export interface StoreCapabilities {
  /** A name once written cannot be written again, by anybody. */
  readonly createOnly: boolean;
  /** The store itself refuses a part whose SHA-256 is not the announced one. */
  readonly checksumsEnforced: boolean;
  /**
   * Whether {@link BackupStore.presignPart} is there and keeps what it says: the store refuses other bytes by itself, and lists the
   * SHA-256 of parts that this process did not send.
   */
  readonly presignPart: boolean;
  readonly listUploads: boolean;
  /** New objects cannot be replaced or deleted until a retention ends. */
  readonly objectLock?: boolean;
  /** Every part but the last has at least this length; without it, any length will do. */
  readonly leastPartSizeBytes?: number;
  /** How long the parts of an upload that was given up still take space; without it, giving up removes them at once. */
  readonly givenUpPartsStayMs?: number;
}

/** An unfinished upload as a store lists it: enough to give it up. */
export interface UnfinishedUpload {
  readonly key: string;
  /** The store's own name for the upload. */
  readonly uploadId: string;
  /** The length that the object was to have, where the store knows it. */
  readonly sizeBytes?: number;
}

/** An unfinished upload, as plain JSON: any worker can continue it from this. */
export interface UploadSession extends UnfinishedUpload {
  readonly sizeBytes: number;
  /** Every part but the last has this length. */
  readonly partSizeBytes: number;
}

/** One request that stores exactly these bytes as exactly this part, for whoever sends it in time: as good as a secret. */
export interface PresignedPart {
  readonly method: 'PUT';
  readonly url: string;
  /** To be sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where presigned requests go, for who sends them. Holds no secret. */
export interface DirectEndpoint {
  /** An address that somebody answers, in whatever way, exactly where the store can be reached. */
  readonly url: string;
  /** PEM: the authorities that its certificate is checked against. @default the usual ones */
  readonly authorities?: string;
}

/** One part of an upload; parts count from 1. */
export interface UploadPart {
  readonly number: number;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** An object as the store shows it. */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** The store's own checksum of an object that was made of parts, as `PartsChecksum` has it. Only `stat` tells it. */
  readonly sha256OfParts?: string;
}

/**
 * A place where backups live. An adapter keeps these obligations; `test/store/conformance.ts` asks for them, and runs on
 * anybody's own adapter.
 *
 * - Keys match `keyPattern` of `store/layout.ts`; anything else is refused before it touches the store.
 * - Nothing that was committed or created is ever changed or deleted.
 * - An object is there whole or not at all: no reader ever sees a part of one, whenever a worker or the store dies.
 * - Every call is safe to repeat and to overlap itself, from any worker.
 * - Failures are of the catalogue: `StoreUnavailable` (retryable), `StoreDenied`, `StoreRefused`, `ChecksumMismatch`
 *   (retryable).
 * - An aborted signal rejects with the signal's reason.
 */
export interface BackupStore {
  /** The store's name in the configuration. */
  readonly name: string;
  /** Proves that the store is there and may be written to, without leaving anything in it. */
  capabilities(signal: AbortSignal): Promise<StoreCapabilities>;
  /**
   * Begins an upload, or returns the unfinished one of the same key, size and part size, so that a resumed upload needs
   * no memory of its own. An unfinished one of another geometry is given up. Fails with `StoreRefused` when the key is
   * taken.
   */
  begin(upload: Omit<UploadSession, 'uploadId'>, signal: AbortSignal): Promise<UploadSession>;
  /**
   * Stores one part durably. Bytes whose SHA-256 is not `part.sha256` fail with `ChecksumMismatch` and are not kept. A
   * part of the same number is replaced.
   */
  putPart(
    session: UploadSession,
    part: UploadPart,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * A request by which somebody without credentials stores one part: it fails for any other bytes, part or upload, and when it is
   * not begun within `expiresInSeconds`. Only where the capabilities say so.
   */
  presignPart?(
    session: UploadSession,
    part: UploadPart,
    options: { readonly expiresInSeconds: number; readonly signal: AbortSignal },
  ): Promise<PresignedPart>;
  /** Where requests of {@link BackupStore.presignPart} go. Asks nobody, and needs no credentials. */
  directEndpoint?(signal: AbortSignal): Promise<DirectEndpoint>;
  /** The parts that are stored, in order of number. A part that was cut short is not among them. */
  listParts(session: UploadSession, signal: AbortSignal): Promise<readonly UploadPart[]>;
  /**
   * Makes the object of exactly these parts, create-only: it appears whole under its key, after it is durable. Fails with
   * `ChecksumMismatch` when a listed part is not stored as listed, with `StoreRefused` when the key is taken by
   * an object that is not of this upload. Repeated after it succeeded, it succeeds. A store that moves the bytes once more for it calls
   * `onProgress` with those of the object that are behind.
   */
  commit(
    session: UploadSession,
    parts: readonly UploadPart[],
    signal: AbortSignal,
    onProgress?: (bytesDone: number) => void,
  ): Promise<void>;
  /**
   * Gives an unfinished upload up: its parts count no more, and are removed, at once or when the capabilities say so. Succeeds
   * when there is none.
   */
  abort(upload: UnfinishedUpload, signal: AbortSignal): Promise<void>;
  /** The unfinished uploads whose key begins with `prefix`, by anybody, in order of key. */
  listUploads(prefix: string, signal: AbortSignal): Promise<readonly UnfinishedUpload[]>;
  /**
   * Writes a small object, create-only and durable. The same bytes under the same key succeed again; other bytes fail
   * with `StoreRefused`.
   */
  create(key: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** The object, or `undefined` where there is none. */
  stat(key: string, signal: AbortSignal): Promise<StoredObject | undefined>;
  /**
   * What the store itself says of the object's lock; `undefined` where it says of none. Where the configuration asks for one, an
   * object without it, with a weaker mode or an earlier end than was asked for when it was made, fails with `StoreRefused`. Only
   * where a store can lock.
   */
  lockOf?(key: string, signal: AbortSignal): Promise<ObjectLock | undefined>;
  /** Fills `buffer` from the object, beginning at `offset`: all of it, or fails. */
  read(key: string, offset: number, buffer: Uint8Array, signal: AbortSignal): Promise<void>;
  /**
   * The bytes of the whole object as they come, held back while nobody takes them. Fails as `read` does. Only where many calls of
   * `read` would cost more.
   */
  readAll?(key: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The objects whose key begins with `prefix`, in order of key. Unfinished uploads are not among them. */
  list(prefix: string, signal: AbortSignal): Promise<readonly StoredObject[]>;
}
