import { sealedCombinedStores } from '../../contracts/policy.ts';
import { isEncrypted } from '../encryption.ts';
import { notEvaluated, passed, refusedEverywhere } from './node-guard.ts';
import type { NodeGuard } from './node-guard.ts';

/**
 * The keys of etcd's encryption are never in one file with what they encrypt, unless that file is sealed for recipients wherever it
 * is stored, or somebody decided so.
 */
export const combinedFile: NodeGuard = ({ script, policy, encryption, keys }) => {
  if (!script.writesCombinedFile) {
    return passed(`the script of ${script.release} writes two files`);
  }
  const found = `the script of ${script.release} writes one file`;
  const sealed = sealedCombinedStores(policy);
  if (sealed !== undefined) {
    return passed(`${found}, sealed for the recipients of ${sealed.join(', ')}`);
  }
  const names = keys?.keyNames ?? [];
  if (names.length > 0) {
    return refusedEverywhere(`${found}, with the keys ${names.join(', ')} in it`);
  }
  if (encryption === undefined) return notEvaluated(`${found}; encryption is not known`);
  return isEncrypted(encryption)
    ? refusedEverywhere(`${found}, and etcd is encrypted (${encryption.type})`)
    : passed(`${found}; etcd is not encrypted`);
};
