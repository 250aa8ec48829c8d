import { z } from 'zod';

import { isAbsent } from './rclone-error.ts';
import type { RcloneStoreOptions } from './rclone-options.ts';
import { rclone, runRclone } from './rclone-process.ts';
import type { ByteStream } from './rclone-process.ts';

/** A file on a remote. */
export interface RemoteFile {
  /** Below the folder that was listed. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What can be done with a remote, one process of rclone each. Paths are below the store's own. */
export interface RcloneRemote {
  readonly options: RcloneStoreOptions;
  readonly signal: AbortSignal;
  /** The files below a folder, in any depth, by path; none where there is no folder. */
  list(folder: string, options?: { readonly but?: string }): Promise<readonly RemoteFile[]>;
  stat(path: string): Promise<RemoteFile | undefined>;
  /** The bytes of a file, as they come; of a range where one is asked for. */
  read(path: string, range?: { readonly offset: number; readonly sizeBytes: number }): ByteStream;
  /** The files of that name in the folders of a folder, one after the other. */
  readEach(folder: string, name: string): Promise<string>;
  /** Fails unless exactly so many bytes come. What is there when it failed is not to be relied on. */
  write(path: string, sizeBytes: number, input: ByteStream): Promise<void>;
  /** Gives a file another name, unless that is taken: then nothing happens. Never replaces anything that it sees. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file; succeeds when there is none. */
  removeFile(path: string): Promise<void>;
  /** Removes a folder and all that is in it; succeeds when there is none. */
  removeFolder(path: string): Promise<void>;
}

/** The remote of a store, for as long as a signal lets. Starts nothing until it is used. */
export function rcloneRemote(options: RcloneStoreOptions, signal: AbortSignal): RcloneRemote {
  const { remote } = options;
  const at = (path: string) => (/[:/]$/.test(remote) ? remote + path : `${remote}/${path}`);
  const run = (...argv: readonly string[]) => runRclone(options, argv, { signal });

  const list: RcloneRemote['list'] = async (folder, { but } = {}) => {
    try {
      const filter = but === undefined ? [] : [`--exclude=/${but}/**`];
      const text = await run('lsjson', at(folder), '-R', ...listing, ...filter);
      return byPath(listSchema.parse(JSON.parse(text)));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  };

  return {
    options,
    signal,
    list,
    stat: async (path) => {
      const text = await run('lsjson', at(path), '--stat', ...listing);
      return fileSchema.nullable().parse(JSON.parse(text)) ?? undefined;
    },
    read: (path, range) => {
      const { offset = 0, sizeBytes = -1 } = range ?? {};
      return rclone(options, ['cat', at(path), `--offset=${offset}`, `--count=${sizeBytes}`], {
        signal,
      });
    },
    readEach: async (folder, name) => {
      try {
        return await run('cat', at(folder), `--include=/*/${name}`);
      } catch (error) {
        if (isAbsent(error)) return '';
        throw error;
      }
    },
    write: async (path, sizeBytes, input) => {
      // With its size a stream needs no spool on the worker's disk, and its end cannot be mistaken.
      await runRclone(options, ['rcat', at(path), `--size=${sizeBytes}`], { signal, input });
    },
    move: async (from, to) => {
      await run('moveto', at(from), at(to), '--ignore-existing');
    },
    removeFile: async (path) => {
      try {
        await run('deletefile', at(path));
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    },
    removeFolder: async (path) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await run('purge', at(path));
          return;
        } catch (error) {
          // Each backend has its own way to say that there is nothing; and a file may have come meanwhile.
          const left = await list(path);
          if (left.length === 0) return;
          if (attempt === 3) throw error;
        }
      }
    },
  };
}

const listing = ['--files-only', '--no-mimetype', '--use-server-modtime'];

/** @see https://rclone.org/commands/rclone_lsjson/ */
const fileSchema = z
  .object({ Path: z.string(), Size: z.number(), ModTime: z.string() })
  .transform(({ Path, Size, ModTime }) => ({
    path: Path,
    sizeBytes: Size,
    modifiedMs: Date.parse(ModTime),
  }));

const listSchema = z.array(fileSchema);

// Some backends can have two files of one name.
function byPath(files: readonly RemoteFile[]): readonly RemoteFile[] {
  const found = new Map(files.map((file) => [file.path, file]));
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
