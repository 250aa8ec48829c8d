import { encryptionFacts, isEncrypted } from '../encryption.ts';
import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** Snapshot and static kube resources go to two places where etcd is encrypted: the latter hold the keys. */
export const separateStores: Guard = ({ observed, settings, stores }) => {
  const { snapshot, staticKubeResources } = settings.stores;
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
};
