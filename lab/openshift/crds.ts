import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

import { openshiftCrdDirectory } from '../../tools/paths.mjs';
import type { Api } from '../cluster/api.ts';
import { waitFor } from '../wait-for.ts';
import type { Work } from '../work.ts';

/** The kinds that the lab has objects of, by group. */
const wanted: readonly string[] = [
  'apiservers.config.openshift.io',
  'clusteroperators.config.openshift.io',
  'clusterversions.config.openshift.io',
  'dnses.config.openshift.io',
  'infrastructures.config.openshift.io',
  'ingresses.config.openshift.io',
  'networks.config.openshift.io',
  'proxies.config.openshift.io',
  'authentications.operator.openshift.io',
  'etcds.operator.openshift.io',
  'kubeapiservers.operator.openshift.io',
  'kubecontrollermanagers.operator.openshift.io',
  'kubeschedulers.operator.openshift.io',
  'openshiftapiservers.operator.openshift.io',
];

const definition = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

const established = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
});

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Installs OpenShift's own definitions, as they stand in its default feature set. Safe to repeat. */
export async function installCrds(api: Api, { signal }: Work): Promise<void> {
  const found = definitions();
  const missing = wanted.filter((name) => !found.some(({ metadata }) => metadata.name === name));
  if (missing.length > 0) throw new Error(`no definition of ${missing.join(', ')}`);
  await Promise.all(found.map((crd) => api.apply(`${path}/${crd.metadata.name}`, crd)));
  await Promise.all(
    found.map(({ metadata: { name } }) =>
      waitFor({ what: `${name} established`, timeoutMs: 60_000, signal }, async () => {
        const { conditions } = established.parse(await api.get(`${path}/${name}`)).status;
        const condition = conditions.find(({ type }) => type === 'Established');
        return condition?.status === 'True' ? undefined : 'not yet';
      }),
    ),
  );
}

function definitions() {
  const directory = openshiftCrdDirectory();
  return readdirSync(directory)
    .filter(
      (file) =>
        !/-(CustomNoUpgrade|(Dev|Tech)PreviewNoUpgrade|Hypershift.*)\.crd\.yaml$/.test(file),
    )
    .filter((file) => file.endsWith('.crd.yaml'))
    .map((file) => definition.parse(parse(readFileSync(join(directory, file), 'utf8'))))
    .filter(({ metadata }) => wanted.includes(metadata.name));
}
