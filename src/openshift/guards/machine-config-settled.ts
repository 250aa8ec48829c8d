import type { Guard } from './guard.ts';
import { judgeChoice } from './judge-choice.ts';

/**
 * The MachineConfig of the node is applied and is the one it shall have: otherwise a reboot is near.
 *
 * @see https://github.com/openshift/machine-config-operator/blob/release-4.16/docs/MachineConfigDaemon.md
 */
export const machineConfigSettled: Guard = ({ choice }) =>
  judgeChoice(choice, 'machineConfigSettled', (names) => `no MachineConfig under way: ${names}`);
