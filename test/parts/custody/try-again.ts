import { failureCatalogue, failureType } from '../../../src/contracts/failures.ts';

/** So often a retryable failure is met at most, before it counts as one that never ends. */
export const mostAttempts = 20;

/** Does the work until it succeeds: again after each failure that Temporal would try again, without its waits. */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === mostAttempts || !isTriedAgain(failureType(error))) throw error;
    }
  }
}

/** Whether another try may mend it. What the catalogue does not know is a mistake of ours, though Temporal would. */
export function isTriedAgain(type: string | undefined): boolean {
  if (type === 'UnexpectedError') return false;
  return Object.entries(failureCatalogue).some(
    ([name, { retryable }]) => name === type && retryable,
  );
}
