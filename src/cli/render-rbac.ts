import { Document, isMap, isSeq } from 'yaml';

import type { ExplainedObject } from '../openshift/rbac-objects.ts';

/** What whoever applies this must know. */
const warning = [
  'Whoever holds these rights is root on the control plane: a privileged pod reads and writes everything on its node,',
  "etcd's data and every key of the cluster among it. Guard these credentials as you guard those of a cluster-admin.",
];

const warningWithoutPod = [
  'These rights alone are reads and a lease. The way to the nodes that they go with is root on the control plane:',
  "it reads etcd's data and every key of the cluster. Guard both as you guard the credentials of a cluster-admin.",
];

const usage = [
  'No permission on any Secret, none on nodes/proxy, no command in a pod of etcd.',
  'Apply as cluster-admin with: oc apply -f -',
];

/** The objects as YAML documents for `oc apply`, each rule with its reason. */
export function renderRbac(objects: readonly ExplainedObject[]): string {
  const hasPod = objects.some(({ object }) =>
    object.rules?.some(({ resources }) => resources.includes('pods/exec')),
  );
  const warned = hasPod ? warning : warningWithoutPod;
  const head = [...warned, ...usage, ...tokenOf(objects)].map((line) => `# ${line}\n`);
  return `${head.join('')}${objects.map(documentOf).join('')}`;
}

/** How the kubeconfig of a service account comes to be. A user has one. */
function tokenOf(objects: readonly ExplainedObject[]): readonly string[] {
  const [subject] = objects.flatMap(({ object }) => object.subjects ?? []);
  if (subject?.['kind'] !== 'ServiceAccount') return [];
  const account = `${subject['name']} -n ${subject['namespace']}`;
  return [
    `Then, for the kubeconfig of the workers, a token: oc create token ${account} --duration=720h`,
    `(before 4.11: oc sa get-token ${account}); or inCluster: true for a worker that runs as this account.`,
  ];
}

function documentOf({ object, why }: ExplainedObject): string {
  const document = new Document(object);
  for (const [index, reason] of why.entries()) {
    const rule = document.getIn(['rules', index]);
    if (!isMap(rule)) continue;
    rule.commentBefore = ` for ${reason}`;
    for (const { value } of rule.items) if (isSeq(value)) value.flow = true;
  }
  return `---\n${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`;
}
