import { sealedCombinedStores } from '../../contracts/policy.ts';
import { encryptionFacts, isEncrypted } from '../encryption.ts';
import { notEvaluated, passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/**
 * Snapshot and keys do not end up in one file, as the scripts of 4.3.0 and 4.3.1 write it, where etcd is encrypted, unless
 * that file is sealed for recipients wherever it is stored. The version proposes what the script does; `changeRoot` asks again of
 * the script itself.
 */
export const combinedFile: Guard = ({ observed, settings, proposeScript }) => {
  const { openshiftVersion } = observed.version;
  const proposed = proposeScript(openshiftVersion);
  if ('refused' in proposed) return notEvaluated(proposed.refused);
  if (!proposed.writesCombinedFile) return passed('snapshot and keys are in two files');
  const sealed = sealedCombinedStores(settings);
  if (sealed !== undefined) {
    return passed(
      `the script of ${openshiftVersion} writes one file, sealed for the recipients of ${sealed.join(', ')}`,
    );
  }
  const encryption = encryptionFacts(observed.encryptionType, observed.kubeApiServer);
  return isEncrypted(encryption)
    ? refused(
        `the script of ${openshiftVersion} writes snapshot and keys into one file, and etcd is encrypted (${encryption.type})`,
      )
    : passed(`the script of ${openshiftVersion} writes one file; etcd is not encrypted`);
};
