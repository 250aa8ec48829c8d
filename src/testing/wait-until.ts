import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer, and returns it.
 *
 * @throws `Error` naming what was awaited, when there is none within `timeoutMs`
 */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: nothing within ${timeoutMs} ms`);
    await delay(20);
  }
}
