import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { waitUntil } from '../../src/testing/wait-until.ts';

// What stands on PATH as `rclone` in tests of what goes wrong: `node rclone-wrapper.ts HABIT DIRECTORY RCLONE …` runs the real
// one with the rest of the arguments, but for its habit.

/** What such a wrapper does. Its notes are files of its directory. */
export type WrapperHabit =
  /** One bit of every draft of an object, or of every part, is stored wrong. */
  | 'damagesDrafts'
  | 'damagesParts'
  /** A draft stops half-way, notes `paused`, and goes on when there is `go`. */
  | 'pausesDrafts'
  /** What is stored takes nothing, ever, and notes its process id as `pid`. */
  | 'isDeaf'
  /** Notes as `calls` which commands it ran, a line each. */
  | 'notesCalls'
  /** Notes as `lead` how many bytes, at most, were read and not yet taken while a draft was written. */
  | 'measures';

if (import.meta.main) {
  const [habit, directory = '', rclone = '', ...argv] = process.argv.slice(2);
  const note = (name: string) => join(directory, name);
  const path = argv[1] ?? '';
  const isPart = argv[0] === 'rcat' && /\/\d+-[0-9a-f]{64}-[0-9a-f-]+$/.test(path);
  const isDraft = argv[0] === 'rcat' && !isPart && !path.endsWith('/upload.json');
  const way: Record<WrapperHabit, () => Duplex | undefined> = {
    damagesDrafts: () => (isDraft ? damage() : undefined),
    damagesParts: () => (isPart ? damage() : undefined),
    pausesDrafts: () => (isDraft ? pause(note('paused'), note('go')) : undefined),
    isDeaf: () => {
      if (argv[0] === 'rcat') writeFileSync(note('pid'), String(process.pid));
      return argv[0] === 'rcat' ? new Transform({ transform: () => {} }) : undefined;
    },
    notesCalls: () => {
      appendFileSync(note('calls'), `${argv[0]}\n`);
      return undefined;
    },
    measures: () => (isDraft ? measure(note('read'), note('lead')) : undefined),
  };
  const asked = Object.entries(way).find(([name]) => name === habit)?.[1];
  const child = spawn(rclone, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  process.once('SIGTERM', () => {
    child.kill();
    process.exit(143);
  });
  // One that ends early says why by its exit code.
  void pipeline(process.stdin, asked?.() ?? new PassThrough(), child.stdin).catch(() => {});
  const out = habit === 'measures' ? count(note('read')) : new PassThrough();
  const ended = once(child, 'close');
  await pipeline(child.stdout, out, process.stdout, { end: false }).catch(() => {});
  const [code] = await ended;
  process.exitCode = Number(code ?? 1);
  // Not `exit`, which would not wait for what is still on its way out.
  process.stdin.destroy();
}

function count(read: string): Duplex {
  return new Transform({
    transform(bytes: Buffer, _, done) {
      appendFileSync(read, `${bytes.length}\n`);
      done(null, bytes);
    },
  });
}

function damage(): Duplex {
  let isDone = false;
  return new Transform({
    transform(bytes: Buffer, _, done) {
      if (!isDone) bytes[0]! ^= 1;
      isDone = true;
      done(null, bytes);
    },
  });
}

function pause(paused: string, go: string): Duplex {
  return new Transform({
    async transform(bytes: Buffer, _, done) {
      if (!existsSync(paused)) {
        this.push(bytes.subarray(0, bytes.length / 2));
        writeFileSync(paused, '');
        await waitUntil('go', () => existsSync(go) || undefined, 120_000);
        done(null, bytes.subarray(bytes.length / 2));
        return;
      }
      done(null, bytes);
    },
  });
}

function measure(read: string, lead: string): Duplex {
  let taken = 0;
  let most = 0;
  return new Transform({
    readableHighWaterMark: 1,
    writableHighWaterMark: 1,
    transform(bytes: Buffer, _, done) {
      const lengths = existsSync(read) ? readFileSync(read, 'utf8').trim().split('\n') : [];
      most = Math.max(
        most,
        lengths.reduce((sum, length) => sum + Number(length), -taken),
      );
      writeFileSync(lead, String(most));
      taken += bytes.length;
      done(null, bytes);
    },
  });
}
