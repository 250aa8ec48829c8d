import { placesOf } from '../contracts/index.ts';
import type { Config } from './config.ts';
import { problem } from './problems.ts';
import type { DataProblem } from './problems.ts';

/**
 * The recipients that could open both files of a place with two stores: the static kube resources hold the keys of what is
 * encrypted in the snapshot, so nobody gets both by one key of theirs.
 */
export function sharedRecipients({ clusters, stores }: Config): DataProblem[] {
  const recipientsOf = (name: string): readonly string[] =>
    Object.hasOwn(stores, name) ? (stores[name]?.recipients ?? []) : [];
  const found = new Map<string, DataProblem>();
  for (const { snapshot, staticKubeResources } of Object.values(clusters).flatMap(placesOf)) {
    if (snapshot === staticKubeResources) continue;
    const readers = new Set(recipientsOf(snapshot));
    for (const [index, recipient] of recipientsOf(staticKubeResources).entries()) {
      if (!readers.has(recipient)) continue;
      const path = ['stores', staticKubeResources, 'recipients', index];
      const expected = `one who cannot open store ${snapshot} too`;
      const shared = problem(
        path,
        'value',
        expected,
        `${recipient.slice(0, 12)}…, a recipient of both`,
      );
      found.set(`${shared.field} ${expected}`, shared);
    }
  }
  return [...found.values()];
}
