import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file of the node, written before the node starts. */
export interface NodeFile {
  /** Absolute, on the node. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** 0600 unless said otherwise. */
  readonly mode?: number;
}

/** Writes the files below a directory that stands for the node's root. */
export function writeNodeFiles(root: string, files: readonly NodeFile[]): void {
  for (const { path, content, mode = 0o600 } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, content);
    // Apart from the write: the umask does not decide.
    chmodSync(target, mode);
  }
}

/** A file everyone may read, as configuration is. */
export function publicFile(path: string, content: string | Uint8Array): NodeFile {
  return { path, content, mode: 0o644 };
}

/** The text of a JSON file, which is YAML too. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
