import { conditionStatus, findCondition } from '../conditions.ts';
import { encryptionFacts, isEncrypted } from '../encryption.ts';
import type { OperatorConfig } from '../operator-config.ts';
import { notEvaluated, passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/**
 * No migration of etcd encryption is running or about to: the script archives the keys before it takes the snapshot, and one
 * that becomes active in between would be missing.
 *
 * @see https://github.com/openshift/library-go/blob/0045765c004ef788d6b2da05dba7704612434a2e/pkg/operator/encryption/controllers/condition_controller.go
 */
export const encryptionSettled: Guard = ({ observed }) => {
  const { encryptionType, kubeApiServer, openshiftApiServer, authentication } = observed;
  const operators: readonly (readonly [string, OperatorConfig | undefined])[] = [
    ['kube-apiserver', kubeApiServer],
    ['openshift-apiserver', openshiftApiServer],
    ['authentication', authentication],
  ];
  const migrating = operators.filter(([, config]) => isMigrating(config)).map(([name]) => name);
  if (migrating.length > 0) {
    return refused(`values in etcd are being migrated between keys: ${migrating.join(', ')}`);
  }
  const facts = encryptionFacts(encryptionType, kubeApiServer);
  const { type, state } = facts;
  const wanted = type !== 'identity';
  if (wanted && state === undefined) {
    return notEvaluated(`encryption ${type}, and kube-apiserver's operator does not say how far`);
  }
  const isSettled = wanted ? state === 'EncryptionCompleted' : !isEncrypted(facts);
  return isSettled
    ? passed(`encryption ${type}${state === undefined ? '' : `, ${state}`}`)
    : refused(`encryption ${type} is asked for, and the values in etcd are at ${state}`);
};

function isMigrating(config: OperatorConfig | undefined): boolean {
  const conditions = config?.conditions ?? [];
  return (
    conditionStatus(conditions, 'EncryptionMigrationControllerProgressing') === 'True' ||
    findCondition(conditions, 'Encrypted')?.reason?.endsWith('InProgress') === true
  );
}
