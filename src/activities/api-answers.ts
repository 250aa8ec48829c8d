import { setTimeout } from 'node:timers/promises';

import { failureType } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { readClusterVersion } from '../openshift/cluster-version.ts';

/** How often the API is asked again before it counts as away. */
const times = 4;

/** How long each asking waits before. */
const askAgainMs = 7_000;

/**
 * Whether the API answers after all: asks for one plain object again, {@link times} times, each after `everyMs` milliseconds. One
 * read that failed is no proof that the API is away. A denial, too, is an answer. Reads only.
 */
export async function apiAnswers(
  api: ClusterApi,
  signal: AbortSignal,
  everyMs: number = askAgainMs,
): Promise<boolean> {
  for (let asked = 0; asked < times; asked += 1) {
    await setTimeout(everyMs, undefined, { signal });
    try {
      await readClusterVersion(api, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (failureType(error) !== 'ClusterUnreachable') return true;
    }
  }
  return false;
}
