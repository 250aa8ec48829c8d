import type { BackupPolicy } from './policy.ts';
import type { NodeFacts } from './run.ts';

/**
 * Whether the node itself sends its files to a store: the policy asks for it, nobody has to seal them first, and the node was
 * found to reach the store. Pure.
 */
export function sendsDirectly(
  { transfer, storePolicies }: Pick<BackupPolicy, 'transfer' | 'storePolicies'>,
  { reachableStores = [] }: Pick<NodeFacts, 'reachableStores'>,
  store: string,
): boolean {
  const isSealed = storePolicies?.[store]?.recipients !== undefined;
  return transfer?.direct === true && !isSealed && reachableStores.includes(store);
}
