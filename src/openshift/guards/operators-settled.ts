import type { ControlPlaneOperator } from '../cluster-operators.ts';
import { notEvaluated, passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

/** No rollout of the control plane is under way: static pods and keys would change beneath the backup. */
export const operatorsSettled: Guard = ({ observed }) => {
  const progressing = observed.operators.filter(({ isProgressing }) => isProgressing === true);
  const silent = observed.operators.filter(({ isProgressing }) => isProgressing === undefined);
  const names = (operators: readonly ControlPlaneOperator[]): string =>
    operators.map(({ name }) => name).join(', ');
  if (progressing.length > 0) return refused(`progressing: ${names(progressing)}`);
  if (silent.length > 0) return notEvaluated(`no Progressing condition: ${names(silent)}`);
  return passed(`not progressing: ${names(observed.operators)}`);
};
