import type { Api } from '../cluster/api.ts';
import { type OpenshiftObject, configObjects } from './config-objects.ts';
import { operatorObjects } from './operator-objects.ts';

/** Makes OpenShift's own objects, status included, in a cluster that has none yet. */
export async function applyOpenshiftObjects(api: Api): Promise<void> {
  const objects = [...configObjects(), ...operatorObjects()];
  await Promise.all(objects.map((object) => applyWithStatus(api, object)));
}

async function applyWithStatus(api: Api, object: OpenshiftObject): Promise<void> {
  const { plural, apiVersion, kind, name, spec, plainStatus, statuses } = object;
  const path = `/apis/${apiVersion}/${plural}/${name}`;
  const identity = { apiVersion, kind, metadata: { name } };
  const plain = plainStatus === undefined ? {} : { status: plainStatus };
  await api.apply(path, { ...identity, spec, ...plain });
  for (const status of statuses) await api.apply(`${path}/status`, { ...identity, status });
}
