import { placesOf } from '../../contracts/policy.ts';
import type { StoreNames } from '../../contracts/policy.ts';
import { isEncrypted } from '../encryption.ts';
import { notEvaluated, passed, refusedEverywhere } from './node-guard.ts';
import type { NodeGuard, NodeGuardContext, NodeVerdict } from './node-guard.ts';

/**
 * Snapshot and static kube resources go to two stores where the node has keys, also when the API could not say so before.
 * Compares names: whether two of them are one place is for the cluster's guard of this name.
 */
export const separateStores: NodeGuard = (context) => {
  const verdicts = placesOf(context.policy).map((place) => judge(place, context));
  // The gravest of them is the guard's, and names every place that has it.
  const outcome = (['refused', 'notEvaluated', 'passed'] as const).find((each) =>
    verdicts.some((verdict) => verdict.outcome === each),
  );
  const gravest = verdicts.filter((verdict) => verdict.outcome === outcome);
  const evidence = gravest.map((verdict) => verdict.evidence).join('; ');
  if (outcome === 'refused') return refusedEverywhere(evidence);
  return outcome === 'passed' ? passed(evidence) : notEvaluated(evidence);
};

function judge(
  { snapshot, staticKubeResources }: StoreNames,
  { policy, encryption, keys }: NodeGuardContext,
): NodeVerdict {
  if (snapshot !== staticKubeResources) {
    return passed(`two stores: ${snapshot}, ${staticKubeResources}`);
  }
  const onePlace = `one store for both files: ${snapshot}`;
  if (policy.separateStores === 'never') {
    return passed(`${onePlace}, as separateStores: never allows`);
  }
  if (policy.separateStores === 'always') {
    return refusedEverywhere(`${onePlace}, expected two by separateStores: always`);
  }
  const keyNames = keys?.keyNames ?? [];
  if (keyNames.length > 0) {
    return refusedEverywhere(
      `${onePlace}, expected two: the node has the keys ${keyNames.join(', ')}`,
    );
  }
  if (encryption === undefined) return notEvaluated(`${onePlace}; encryption is not known`);
  return isEncrypted(encryption)
    ? refusedEverywhere(`${onePlace}, expected two: etcd is encrypted (${encryption.type})`)
    : passed(`${onePlace}; etcd is not encrypted`);
}
