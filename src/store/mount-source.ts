import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';

/** The server that a store's bytes go to. */
export interface StoreEndpoint {
  /** A host name or an IP address, without a port. */
  readonly host: string;
  /** What led to it, for evidence: `nfs4 mount /mnt/backups`. */
  readonly evidence: string;
}

/**
 * The server behind a directory on a network file system; `undefined` where the file system is this machine's own, or does
 * not say. Reads `/proc/self/mountinfo` and nothing of the directory, so that a mount that hangs does not hang this. A
 * symbolic link on the way is not followed.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export async function mountSource(directory: string): Promise<StoreEndpoint | undefined> {
  try {
    return mountSourceIn(await readFile('/proc/self/mountinfo', 'utf8'), directory);
  } catch {
    // Not Linux.
    return undefined;
  }
}

/** The same, in the text of such a file. Pure. */
export function mountSourceIn(mountinfo: string, directory: string): StoreEndpoint | undefined {
  const path = posix.resolve(directory);
  let mount: Mount | undefined;
  for (const line of mountinfo.split('\n')) {
    const found = parseMount(line);
    // A later mount on the same point hides the earlier one.
    if (found !== undefined && isBelow(path, found.point)) {
      if (mount === undefined || found.point.length >= mount.point.length) mount = found;
    }
  }
  if (mount === undefined) return undefined;
  const host = hostOf(mount);
  return host === undefined ? undefined : { host, evidence: `${mount.type} mount ${mount.point}` };
}

interface Mount {
  readonly point: string;
  readonly type: string;
  readonly source: string;
  readonly options: string;
}

function parseMount(line: string): Mount | undefined {
  const [before, after] = line.split(' - ');
  const point = before?.split(' ')[4];
  const [type, source, options = ''] = after?.split(' ') ?? [];
  if (point === undefined || type === undefined || source === undefined) return undefined;
  return { point: unescaped(point), type, source: unescaped(source), options: unescaped(options) };
}

// Spaces, tabs, line feeds and backslashes stand there in octal.
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}

function isBelow(path: string, point: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`);
}

/** How each file system writes its server into the source; others are of this machine, or of no server we could name. */
const sources: Readonly<Record<string, RegExp>> = {
  nfs: /^(?<host>\[[^\]]+\]|[^:/]+):/,
  nfs4: /^(?<host>\[[^\]]+\]|[^:/]+):/,
  cifs: /^\/\/(?<host>[^/]+)\//,
  smb3: /^\/\/(?<host>[^/]+)\//,
  ceph: /^(?<host>\[[^\]]+\]|[^:,/@=]+)(:\d+)?[:,]/,
  '9p': /^(?<host>[^:/]+):/,
  'fuse.glusterfs': /^(?<host>\[[^\]]+\]|[^:/]+):/,
  glusterfs: /^(?<host>\[[^\]]+\]|[^:/]+):/,
  'fuse.sshfs': /^([^@:/]+@)?(?<host>\[[^\]]+\]|[^:/]+):/,
};

function hostOf({ type, source, options }: Mount): string | undefined {
  const pattern = Object.hasOwn(sources, type) ? sources[type] : undefined;
  if (pattern === undefined) return undefined;
  // The newer form of a ceph source names the user and the cluster.
  const address = /(?:^|,)mon_addr=(\[[^\]]+\]|[^,:/]+)/.exec(options)?.[1];
  const host = pattern.exec(source)?.groups?.['host'] ?? address;
  return host?.replace(/^\[(.*)\]$/, '$1');
}
