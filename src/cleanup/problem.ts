import { failureDetails, failureType } from '../contracts/index.ts';

/** Something that could not be looked at, or not be removed. */
export interface Problem {
  readonly where: string;
  /** The failure's type. */
  readonly type: string;
  readonly observed: string;
  readonly nextStep: string;
}

/** Does the work; a failure of it is a problem there, and the cleanup goes on. An abort goes through. */
export async function orProblem<T>(
  where: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly problem: Problem }> {
  try {
    return { value: await work() };
  } catch (error) {
    signal.throwIfAborted();
    const { observed, nextStep } = failureDetails(error);
    const type = failureType(error) ?? 'UnexpectedError';
    return { problem: { where, type, observed, nextStep } };
  }
}
