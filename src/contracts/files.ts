/** What a file of a backup is. `combined` is what 4.3.0 and 4.3.1 wrote: snapshot and static kube resources in one. */
export type FileKind = 'snapshot' | 'staticKubeResources' | 'combined';

/** A file on the node that became part of the backup, and how it was found to be. */
export interface BackupFile {
  readonly kind: FileKind;
  /** The name that the vendor's script gave it. */
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
  readonly compression?: 'zstd';
  /** Fingerprints of those who can open it. */
  readonly recipients?: readonly string[];
}
