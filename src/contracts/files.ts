/** What a file of a backup is. `combined` is what 4.3.0 and 4.3.1 wrote: snapshot and static kube resources in one. */
export type FileKind = 'snapshot' | 'staticKubeResources' | 'combined';

/** A file on the node, as one pass over it found it. */
export interface NodeFile {
  readonly name: string;
  /** Absolute, on the node. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hexadecimal, of the whole file. */
  readonly sha256: string;
  /** The file's identity on its file system: inode, size and modification time. A change fails the run. */
  readonly identity: string;
  /** Every part but the last has this length. */
  readonly partSizeBytes: number;
  /** Absolute path of the list of part digests on the node; histories hold the list's digest only. */
  readonly partListPath: string;
  /** Lower-case hexadecimal, of that list. */
  readonly partListSha256: string;
}

/** A file that became part of the backup, under the name that the vendor's script gave it. */
export interface BackupFile extends NodeFile {
  readonly kind: FileKind;
  /** The same content compressed on the node, for the stores that keep it so; absent where none does. */
  readonly compressed?: NodeFile;
}

/** What an object must be by the digests of its parts, which stores that keep such a checksum can be asked for. */
export interface PartsChecksum {
  /** SHA-256 of the SHA-256 of the parts in their order, lower-case hexadecimal. */
  readonly sha256OfParts: string;
  /** Every part but the last has this length. */
  readonly partSizeBytes: number;
}

/** How a store keeps an object from being changed or deleted. */
export interface ObjectLock {
  /** Of Object Lock in S3 `governance` or `compliance`; of an immutability policy in Azure `unlocked` or `locked`. */
  readonly mode: 'governance' | 'compliance' | 'unlocked' | 'locked';
  /** ISO 8601, UTC. */
  readonly until: string;
}

/** The lock of one object, and which that is. */
export interface StoredLock extends ObjectLock {
  readonly store: string;
  readonly key: string;
}

/** A file of the backup as its store holds it. */
export interface StoredFile {
  readonly kind: FileKind;
  readonly name: string;
  /** The store's name in the worker's configuration. */
  readonly store: string;
  readonly key: string;
  /** Of the file as the node had it. */
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Of the object as the store has it; the same unless it was compressed or sealed. */
  readonly storedSizeBytes: number;
  readonly storedSha256: string;
  readonly partsChecksum?: PartsChecksum;
  readonly compression?: 'zstd';
  /** Fingerprints of those who can open it: the SHA-256 of each recipient's text, lower-case hexadecimal. */
  readonly recipients?: readonly string[];
  /** What the store itself said when the file was read back; absent where it said of none. */
  readonly lock?: ObjectLock;
}
