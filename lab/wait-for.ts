import { setTimeout as sleep } from 'node:timers/promises';

import { LabError } from './lab-error.ts';

/** Looks at a condition: returns what was observed instead of it, or nothing when it holds. */
export type Look = () => Promise<string | undefined> | string | undefined;

/**
 * Looks until the condition holds. A look that throws counts as "not yet", its message as what was
 * observed.
 *
 * @throws `LabError` that names the condition and the last observation, after `timeoutMs`
 */
export async function waitFor(
  condition: { readonly what: string; readonly timeoutMs: number; readonly signal?: AbortSignal },
  look: Look,
): Promise<void> {
  const { what, timeoutMs, signal } = condition;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const observed = await observe(look);
    if (observed === undefined) return;
    if (performance.now() > deadline) {
      throw new LabError(`${what}: not within ${timeoutMs / 1000} s, last observed: ${observed}`);
    }
    await sleep(100, undefined, signal && { signal });
  }
}

async function observe(look: Look): Promise<string | undefined> {
  try {
    return await look();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
