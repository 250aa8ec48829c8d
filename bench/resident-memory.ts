import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { median } from './statistics.ts';

/** What a process and its children hold in memory, watched from outside. */
export interface MemoryWatch extends Disposable {
  /** The most that was resident at once since the watch began, in bytes. */
  peakBytes(): number;
}

const idleSamples = 30;
const everyMs = 20;

/** What V8 takes, in steps, to give the memory back that the start of a process left; nothing happens after it. */
const settlingMs = 25_000;

/** What the process and its children hold while it does nothing: the median of some seconds, once it settled, in bytes. */
export async function idleBytes(pid: number, signal: AbortSignal): Promise<number> {
  await delay(settlingMs, undefined, { signal });
  const samples: number[] = [];
  for (let sample = 0; sample < idleSamples; sample++) {
    await delay(100, undefined, { signal });
    samples.push(residentBytes(pid));
  }
  return median(samples);
}

/**
 * Watches from now on. The kernel keeps the mark of the process itself, so that no moment of its is missed; its children are
 * looked at every 20 ms.
 */
export function watchMemory(pid: number): MemoryWatch {
  // Resets the mark of the highest resident size. See proc_pid_clear_refs(5).
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, residentBytes(pid), statusBytes(pid, 'VmHWM'));
  };
  const timer = setInterval(look, everyMs);
  return {
    peakBytes() {
      look();
      return peak;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function residentBytes(pid: number): number {
  const children = childrenOf(pid).map(residentBytes);
  return statusBytes(pid, 'VmRSS') + children.reduce((sum, bytes) => sum + bytes, 0);
}

function statusBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`));
  return Number(kilobytes?.[1] ?? 0) * 1024;
}

function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
