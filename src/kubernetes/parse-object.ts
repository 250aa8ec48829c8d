import type { z } from 'zod';

import { failure } from '../contracts/failures.ts';

/**
 * Reads the fields we use of an object that the API returned.
 *
 * @throws `UnexpectedError`, retryable, naming the first field that is not as the API promises
 */
export function parseObject<T>(schema: z.ZodType<T>, object: unknown, what: string): T {
  const { success, data, error } = schema.safeParse(object);
  if (success) return data;
  const issue = error.issues[0];
  throw failure('UnexpectedError', {
    observed: `${what}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not readable'}`,
  });
}
