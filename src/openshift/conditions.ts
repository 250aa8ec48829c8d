import { z } from 'zod';

/** The conditions that Kubernetes and OpenShift objects carry in their status. */
export const conditionsSchema = z
  .array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
    }),
  )
  .default([]);

export type Conditions = z.infer<typeof conditionsSchema>;

/** The condition of a type; `undefined` where it is not there. */
export function findCondition(
  conditions: Conditions,
  type: string,
): Conditions[number] | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** The status of one condition: `True`, `False`, `Unknown`, or `undefined` where it is not there. */
export function conditionStatus(conditions: Conditions, type: string): string | undefined {
  return findCondition(conditions, type)?.status;
}
