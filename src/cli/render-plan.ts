import { formatBytes } from '../contracts/index.ts';
import type { BackupPlan, EtcdFacts, GuardFinding, Permission } from '../contracts/index.ts';
import type { Colour } from './render-live.ts';

/** How a plan is printed: with marks and colours on a terminal, in plain words elsewhere. */
export interface PlanStyle {
  readonly marks: boolean;
  /** Colours a text; leaves it alone where there is no colour. */
  readonly paint: (colour: Colour, text: string) => string;
}

/** A plan for people: the answer first, then what would be done, what each guard found, and what to do next. */
export function renderPlan(plan: BackupPlan, style: PlanStyle): string {
  return [
    answer(plan, style),
    '',
    ...section('What a backup would do', whatItWouldDo(plan)),
    ...section('Guards', guardLines(plan.guards, style)),
    ...section('On the node', nodeLines(plan, style)),
    ...section('Missing permissions', permissionLines(plan, style)),
    ...section('Stores that cannot be used from here', storeLines(plan, style)),
    ...section('Good to know', plan.warnings),
    ...next(plan),
  ].join('\n');
}

const answers: Readonly<Record<BackupPlan['outcome'], readonly [Colour, string]>> = {
  ready: ['green', 'a backup may begin'],
  waiting: ['yellow', 'a backup would wait, then begin by itself'],
  refused: ['red', 'a backup would be refused'],
};

function answer({ cluster, openshiftVersion, outcome }: BackupPlan, { paint }: PlanStyle): string {
  const [colour, words] = answers[outcome];
  const version = openshiftVersion === undefined ? '' : ` (OpenShift ${openshiftVersion})`;
  return `${cluster}${version}: ${paint(colour, words)}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ''];
}

function whatItWouldDo(plan: BackupPlan): readonly string[] {
  const { node, access, script, proxyEnabled, encryption, objects } = plan;
  return columns([
    ['node', node === undefined ? 'none is fit' : `${node.name}: ${node.reason}`],
    ['way in', waysIn[access]],
    ...(plan.pod === undefined ? [] : podRows(plan.pod)),
    ...(proxyEnabled === undefined
      ? []
      : [['proxy', proxyEnabled ? 'on: the script is given its variables' : 'off']]),
    ...(script === undefined
      ? []
      : [
          ['script', script.argv.join(' ')],
          ['', `as of OpenShift ${script.release}; the script on the node has the last word`],
        ]),
    ...(encryption === undefined
      ? []
      : [
          [
            'encryption',
            encryption.type === 'identity'
              ? 'off'
              : `${encryption.type}${encryption.state === undefined ? '' : `, ${encryption.state}`}`,
          ],
        ]),
    ...objects.map(({ store, key }, index) => [index === 0 ? 'stores' : '', `${store}: ${key}`]),
  ]);
}

const waysIn = {
  debugPod: 'a privileged debug pod that ends with the run:',
  ssh: 'ssh to the node, root there by sudo; no pod',
  local: 'this worker is on the node itself, as root; no pod',
};

interface PodShape {
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
  readonly spec?: {
    readonly activeDeadlineSeconds?: number;
    readonly containers?: readonly { readonly image?: string }[];
  };
}

function podRows({ metadata, spec }: PodShape): readonly (readonly string[])[] {
  const minutes = Math.round((spec?.activeDeadlineSeconds ?? 0) / 60);
  return [
    [
      '',
      `  ${metadata?.namespace}/${metadata?.name}, at most ${minutes} minutes; --json has all of it`,
    ],
    ['', `  image ${spec?.containers?.[0]?.image}`],
  ];
}

type Outcome = GuardFinding['outcome'];

const looks: Readonly<
  Record<Outcome, { readonly mark: string; readonly colour: Colour; readonly word: string }>
> = {
  refused: { mark: '✗', colour: 'red', word: 'refused' },
  waiting: { mark: '…', colour: 'yellow', word: 'waits' },
  overridden: { mark: '!', colour: 'yellow', word: 'overridden' },
  notEvaluated: { mark: '?', colour: 'yellow', word: 'not known' },
  passed: { mark: '✓', colour: 'green', word: 'passed' },
};

/** What refuses comes first: it is what somebody came for. */
const order: readonly Outcome[] = ['refused', 'waiting', 'overridden', 'notEvaluated', 'passed'];

function guardLines(
  findings: readonly GuardFinding[],
  { marks, paint }: PlanStyle,
): readonly string[] {
  const width = Math.max(...findings.map(({ guard }) => guard.length), 0);
  const words = Math.max(...findings.map(({ outcome }) => looks[outcome].word.length), 0);
  const sorted = [...findings].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  return sorted.flatMap(({ guard, outcome, evidence, until }) => {
    const { mark, colour, word } = looks[outcome];
    const head = `${marks ? paint(colour, mark) : word.padEnd(words)} ${guard.padEnd(width)}`;
    const indent = ' '.repeat((marks ? 1 : words) + 1);
    const when = until === undefined ? '' : `; passes by itself at ${until}`;
    const first = `${head}  ${evidence}${when}`;
    if (outcome === 'refused') return [first, `${indent}  ${overriding(guard)}`];
    return [first];
  });
}

function overriding(guard: string): string {
  return `mend it, or let it pass: --override ${guard}="<why>"`;
}

function permissionLines(
  { missingPermissions }: BackupPlan,
  { marks, paint }: PlanStyle,
): readonly string[] {
  return missingPermissions.map((permission) => {
    const why = permission.why === undefined ? '' : `, for ${permission.why}`;
    return `${marks ? paint('red', '✗') : 'missing'} ${permissionText(permission)}${why}`;
  });
}

/** A permission in the words of RBAC: `get configmaps csr-controller-ca in namespace openshift-config-managed`. */
function permissionText({ verb, group, resource, namespace, name }: Permission): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  const one = name === undefined || resource === 'namespaces' ? '' : ` ${name}`;
  return `${verb} ${what}${one}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

function storeLines(
  { storeFailures = [] }: BackupPlan,
  { marks, paint }: PlanStyle,
): readonly string[] {
  return storeFailures.flatMap(({ store, type, observed, nextStep }) => [
    `${marks ? `${paint('red', '✗')} ` : ''}${store}: ${type}: ${observed}`,
    `  next: ${nextStep}`,
  ]);
}

function nodeLines(plan: BackupPlan, style: PlanStyle): readonly string[] {
  const { access, nodeGuards, onNode, onNodeFailure } = plan;
  if (onNodeFailure !== undefined) {
    const { type, observed, nextStep } = onNodeFailure;
    return [`could not be looked at: ${type}: ${observed}`, `  next: ${nextStep}`];
  }
  if (onNode === undefined) {
    const opening = access === 'debugPod' ? 'opens a debug session, ' : '';
    return [`not asked yet: ${nodeGuards.join(', ')}`, `--on-node ${opening}asks and leaves again`];
  }
  const { script, freeBytes, databaseBytes, etcd } = onNode;
  return [
    ...guardLines(onNode.guards, style),
    ...columns([
      ['script', `${script.path}, as of OpenShift ${script.release}`],
      ['', `sha256 ${script.sha256}`],
      ['space', `${formatBytes(freeBytes)} free, the database has ${formatBytes(databaseBytes)}`],
      ...(etcd === undefined ? [] : [['etcd', etcdText(etcd)]]),
    ]),
    ...onNode.warnings,
  ];
}

function etcdText({ version, members, leader }: EtcdFacts): string {
  const name = members.find(({ id }) => id === leader)?.name || leader;
  const many = members.length === 1 ? 'one member' : `${members.length} members`;
  return `${version}, ${many}, ${name === undefined ? 'no leader' : `leader ${name}`}`;
}

function next(plan: BackupPlan): readonly string[] {
  const { cluster, outcome, missingPermissions, onNode, onNodeFailure } = plan;
  const looked = onNode !== undefined || onNodeFailure !== undefined;
  const made = looked ? '' : 'Nothing was created on the cluster. ';
  const grant = `To grant what is missing, as cluster-admin: etcd-backup rbac ${cluster} | oc apply -f -`;
  const mend = 'Mend what is named above, then check again.';
  if (missingPermissions.length > 0) return [`${made}${grant}`];
  return [`${made}${outcome === 'refused' ? mend : `To begin: etcd-backup run ${cluster}`}`];
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([title = '']) => title.length), 0);
  return rows.map(([title = '', text = '']) => `${title.padEnd(width)}  ${text}`);
}
