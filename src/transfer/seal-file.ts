import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

import { failure } from '../contracts/failures.ts';
import type { NodeFile } from '../contracts/files.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { makeAgeHeader } from './age-header.ts';
import type { AgeHeader } from './age-header.ts';
import { recipientFingerprint } from './recipient-fingerprint.ts';

/** Options of {@link openSeal}. */
export interface SealOptions {
  readonly shell: NodeShell;
  /** Absolute, on the node, in the take's directory; one for each file and store. */
  readonly path: string;
  /** What is sealed. */
  readonly plain: Pick<NodeFile, 'sizeBytes' | 'sha256' | 'partListSha256'>;
  readonly recipients: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * The header and the key by which a file is sealed for one store. They are made once, by whoever comes first, and lie on the node
 * from then on, 0600, beside the file that they seal and no longer than it: every attempt of every worker takes the same ones.
 * Over stdin and stdout only.
 *
 * They are bound to the file, by the digests of its parts, and to the recipients. So the key can seal nothing else: two plaintexts
 * under one key would betray both.
 *
 * @throws `FileChanged` (not retryable) when what lies there is of another file or for other recipients, or is damaged: it is
 *   left as it is. `NodeDiskFull` (not retryable) when it cannot be written; `NodeUnreachable` (retryable)
 */
export async function openSeal(options: SealOptions): Promise<AgeHeader> {
  const { shell, path } = options;
  // A file that a lost connection cut short is asked for again before it counts as damaged.
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const text = (await readSeal(options)) ?? (await makeSeal(options));
    const seal = parseSeal(text);
    if (seal !== undefined) return bound(seal, options);
  }
  throw failure('FileChanged', {
    observed: 'seal: damaged, its own check does not fit',
    where: { node: shell.nodeName, path },
  });
}

const tries = 3;
const mostBytes = 128 * 1024;
const goneExitCode = 44;

const read = `[ -f "$1" ] || exit ${goneExitCode}; exec cat -- "$1"`;

// A link is made whole or not at all, and never over another one. On the disk first: a node that loses its power must not keep
// the name alone.
const make = `own="$1.$$"
dd of="$own" conv=fsync status=none && { ln -- "$own" "$1" 2>/dev/null || [ -f "$1" ]; }
code=$?
rm -f -- "$own"
[ "$code" -eq 0 ] && exec cat -- "$1"`;

async function readSeal({ shell, path, signal }: SealOptions): Promise<string | undefined> {
  const argv = ['sh', '-c', read, 'sh', path];
  const { exitCode, stdout } = await shell.run(argv, { maxBytes: mostBytes, signal });
  if (exitCode === goneExitCode) return undefined;
  if (exitCode === 0) return stdout.toString('latin1');
  throw failure('NodeUnreachable', {
    observed: `seal: reading it ended with exit code ${exitCode}`,
    where: { node: shell.nodeName, path },
  });
}

/** Writes a new one, unless another attempt was first; what lies there then. */
async function makeSeal(options: SealOptions): Promise<string> {
  const { shell, path, signal } = options;
  const header = await makeAgeHeader(options.recipients);
  const stdin = Buffer.from(formatSeal({ ...header, ...bindingOf(options) }));
  const argv = ['sh', '-c', make, 'sh', path];
  const { exitCode, stdout } = await shell.run(argv, { stdin, maxBytes: mostBytes, signal });
  if (exitCode === 0) return stdout.toString('latin1');
  // What the shell says of a failed write may hold the text.
  throw failure('NodeDiskFull', {
    observed: 'seal: cannot be written',
    where: { node: shell.nodeName, path },
  });
}

interface Binding {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly partListSha256: string;
  /** Fingerprints. */
  readonly recipients: readonly string[];
}

type Seal = AgeHeader & Binding;

function bindingOf({ plain, recipients }: SealOptions): Binding {
  const { sizeBytes, sha256, partListSha256 } = plain;
  return { sizeBytes, sha256, partListSha256, recipients: recipients.map(recipientFingerprint) };
}

function bound(seal: Seal, options: SealOptions): AgeHeader {
  const expected = bindingOf(options);
  const isOfFile =
    seal.sizeBytes === expected.sizeBytes &&
    seal.sha256 === expected.sha256 &&
    seal.partListSha256 === expected.partListSha256;
  const isForRecipients = seal.recipients.join() === expected.recipients.join();
  if (isOfFile && isForRecipients) return { prefix: seal.prefix, fileKey: seal.fileKey };
  const observed = isOfFile
    ? `seal: made for the recipients ${seal.recipients.join(', ')}, expected ${expected.recipients.join(', ')}`
    : `seal: made for ${seal.sizeBytes} bytes with SHA-256 ${seal.sha256} in parts ${seal.partListSha256}, expected ${expected.sizeBytes} with ${expected.sha256} in parts ${expected.partListSha256}`;
  throw failure('FileChanged', {
    observed,
    where: { node: options.shell.nodeName, path: options.path },
  });
}

const hexadecimal = z.string().regex(/^[0-9a-f]{64}$/);

const shape = z.strictObject({
  sizeBytes: z.int().nonnegative(),
  sha256: hexadecimal,
  partListSha256: hexadecimal,
  recipients: z.array(hexadecimal),
  prefix: z.base64(),
  fileKey: z.base64(),
});

/** One line of JSON, one of its check: a damaged seal would make an object that nobody can open. */
function formatSeal({ prefix, fileKey, ...binding }: Seal): string {
  const fields = { ...binding, prefix: prefix.toString('base64') };
  const line = JSON.stringify({ ...fields, fileKey: fileKey.toString('base64') });
  return `${line}\n${checkOf(line, fileKey).toString('hex')}\n`;
}

function parseSeal(text: string): Seal | undefined {
  const [line = '', check = ''] = text.split('\n');
  const { data } = shape.safeParse(parseJson(line));
  if (data === undefined) return undefined;
  const { prefix, fileKey, ...binding } = data;
  const key = Buffer.from(fileKey, 'base64');
  const [found, expected] = [Buffer.from(check, 'hex'), checkOf(line, key)];
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return undefined;
  return { ...binding, prefix: Buffer.from(prefix, 'base64'), fileKey: key };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkOf(line: string, fileKey: Buffer): Buffer {
  const key = hkdfSync('sha256', fileKey, '', 'temporal-etcd-backup seal', 32);
  return createHmac('sha256', Buffer.from(key)).update(line).digest();
}
