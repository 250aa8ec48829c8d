import { pipeline } from 'node:stream/promises';

import { execa } from 'execa';

import { rcloneEnvironment } from './rclone-environment.ts';
import { RcloneError } from './rclone-error.ts';
import type { RcloneOptions } from './rclone-options.ts';

/** Bytes on their way. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a call of rclone takes. */
export interface RcloneCall {
  readonly signal: AbortSignal;
  /** What it reads from stdin; without it, nothing. */
  readonly input?: ByteStream;
}

/**
 * Runs rclone and gives what it writes, as it comes: it waits while nobody takes it, and the input waits while rclone does not
 * take that. The process has ended when this has, however it ends; a consumer that stops early ends it too.
 *
 * @throws {RcloneError} when it fails or cannot be started
 * @throws what the input throws; the signal's reason
 */
export async function* rclone(
  options: RcloneOptions,
  argv: readonly string[],
  { signal, input }: RcloneCall,
): AsyncGenerator<Buffer, void, void> {
  signal.throwIfAborted();
  const child = start(options, argv, signal);
  const heard = lastWords(child.stderr);
  const fed = feed(child, input ?? []);
  try {
    // What stdout says about its own end is nothing beside how the process ended.
    yield* quietly(child.stdout);
    const [{ exitCode, code }, source] = await Promise.all([child, fed]);
    signal.throwIfAborted();
    if (source !== undefined) throw source.error;
    if (exitCode === 0) return;
    throw new RcloneError({ command: argv[0] ?? '', exitCode, code, stderr: heard() });
  } finally {
    child.kill();
    await child;
  }
}

/** Runs rclone to its end and gives all that it wrote as text. Throws as {@link rclone} does. */
export async function runRclone(
  options: RcloneOptions,
  argv: readonly string[],
  call: RcloneCall,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of rclone(options, argv, call)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

type Child = ReturnType<typeof start>;

// A process that does not heed SIGTERM gets SIGKILL five seconds later.
function start(options: RcloneOptions, argv: readonly string[], cancelSignal: AbortSignal) {
  const { configFile } = options;
  const config = configFile === undefined ? [] : [`--config=${configFile}`];
  return execa('rclone', [...argv, ...config, ...flags], {
    env: rcloneEnvironment(options),
    extendEnv: false,
    cwd: '/',
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cancelSignal,
  });
}

/** @see https://rclone.org/flags/ */
const flags = [
  '--ask-password=false',
  '--log-level=ERROR',
  '--use-json-log',
  '--stats=0',
  // Whoever called tries again; of a stream nothing could be sent twice.
  '--retries=1',
  '--low-level-retries=4',
  '--contimeout=15s',
  '--timeout=2m',
];

async function* quietly(stdout: Child['stdout']): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of stdout) yield chunk;
  } catch {
    // Destroyed, because the process was ended.
  }
}

/** Sends the input to its end, and says what went wrong with the input itself. */
async function feed(child: Child, input: ByteStream): Promise<{ error: unknown } | undefined> {
  let broken: { error: unknown } | undefined;
  const source = async function* () {
    try {
      yield* input;
    } catch (error) {
      broken = { error };
      // Before the end of its stdin, which rclone would take for the end of the bytes.
      child.kill();
      throw error;
    }
  };
  // A process that reads no more says why by its end.
  await pipeline(source, child.stdin).catch(() => {});
  return broken;
}

const keptBytes = 8 * 1024;

function lastWords(stderr: Child['stderr']): () => string {
  let kept = Buffer.alloc(0);
  stderr.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-keptBytes);
  });
  return () => kept.toString();
}
