import { placesOf } from '../../contracts/policy.ts';
import type { StoreNames } from '../../contracts/policy.ts';
import { encryptionFacts, isEncrypted } from '../encryption.ts';
import { passed, refused } from './guard.ts';
import type { Guard, GuardContext, GuardVerdict } from './guard.ts';

/**
 * Snapshot and static kube resources go to two places where etcd is encrypted: the latter hold the keys. So does every copy of
 * the backup.
 */
export const separateStores: Guard = (context) => {
  const verdicts = placesOf(context.settings).map((place) => judge(place, context));
  const refusals = verdicts.filter(({ outcome }) => outcome === 'refused');
  const say = (said: readonly GuardVerdict[]): string =>
    said.map(({ evidence }) => evidence).join('; ');
  return refusals.length > 0 ? refused(say(refusals)) : passed(say(verdicts));
};

function judge(
  { snapshot, staticKubeResources }: StoreNames,
  { observed, settings, stores }: GuardContext,
): GuardVerdict {
  const isOnePlace =
    snapshot === staticKubeResources ||
    (stores[snapshot] !== undefined &&
      stores[snapshot].place === stores[staticKubeResources]?.place);
  if (!isOnePlace) return passed(`two stores: ${snapshot}, ${staticKubeResources}`);
  const names = snapshot === staticKubeResources ? '' : ` under two names, ${staticKubeResources}`;
  const onePlace = `one store for both files: ${snapshot}${names}`;
  if (settings.separateStores === 'never') {
    return passed(`${onePlace}, as separateStores: never allows`);
  }
  if (settings.separateStores === 'always') {
    return refused(`${onePlace}, expected two by separateStores: always`);
  }
  const encryption = encryptionFacts(observed.encryptionType, observed.kubeApiServer);
  return isEncrypted(encryption)
    ? refused(`${onePlace}, expected two: etcd is encrypted (${encryption.type})`)
    : passed(`${onePlace}; etcd is not encrypted`);
}
