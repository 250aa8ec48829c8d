import type { Api } from '../cluster/api.ts';
import { type OpenshiftObject, configObjects } from './config-objects.ts';
import { operatorObjects } from './operator-objects.ts';

/** Makes OpenShift's own objects, status included, in a cluster that has none yet. */
export async function applyOpenshiftObjects(api: Api): Promise<void> {
  const objects = [...configObjects(), ...operatorObjects()];
  await Promise.all(objects.map((object) => applyWithStatus(api, object)));
}

async function applyWithStatus(api: Api, object: OpenshiftObject): Promise<void> {
  const { plural, apiVersion, kind, name, spec, statuses } = object;
  const path = `/apis/${apiVersion}/${plural}/${name}`;
  const identity = { apiVersion, kind, metadata: { name } };
  await api.apply(path, { ...identity, spec });
  for (const status of statuses) await api.apply(`${path}/status`, { ...identity, status });
}
