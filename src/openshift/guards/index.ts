import { certificateRequests } from './certificate-requests.ts';
import { combinedFile } from './combined-file.ts';
import { debugNamespace } from './debug-namespace.ts';
import { encryptionSettled } from './encryption-settled.ts';
import { firstCertificateRotation } from './first-certificate-rotation.ts';
import { fitNode } from './fit-node.ts';
import type { Guard } from './guard.ts';
import { machineConfigSettled } from './machine-config-settled.ts';
import { operatorsSettled } from './operators-settled.ts';
import { quietHours } from './quiet-hours.ts';
import { release } from './release.ts';
import { separateStores } from './separate-stores.ts';
import { storesOutside } from './stores-outside.ts';
import { topology } from './topology.ts';
import { updateSettled } from './update-settled.ts';

/** The guards that the API can answer, by the name that an override uses, in the order in which they are reported. */
export const guards: Readonly<Record<string, Guard>> = {
  topology,
  release,
  updateSettled,
  operatorsSettled,
  machineConfigSettled,
  fitNode,
  certificateRequests,
  encryptionSettled,
  firstCertificateRotation,
  quietHours,
  debugNamespace,
  separateStores,
  combinedFile,
  storesOutside,
};

/** What an override names to take a backup while the API does not answer. */
export const apiUnavailable = 'apiUnavailable';

/** Every name that an override may use of the guards of the cluster. */
export const clusterGuardNames: readonly string[] = [...Object.keys(guards), apiUnavailable];
