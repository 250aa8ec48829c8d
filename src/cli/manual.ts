import type { SshConfig } from '../config/config.ts';
import type { BackupPlan, FileKind } from '../contracts/index.ts';
import { controlPlaneOperators } from '../openshift/cluster-operators.ts';
import { releaseNamed } from '../script/releases.ts';
import type { ScriptRelease } from '../script/releases.ts';
import { manualWay } from './manual-ways.ts';
import type { ManualWay } from './manual-ways.ts';

/** What the procedure is written for. */
export interface ManualOptions {
  readonly plan: BackupPlan;
  /** Of the configuration of the cluster. */
  readonly backupDirectory: string;
  readonly ssh?: Pick<SshConfig, 'user' | 'hosts'>;
  /** It names the directory on the node. */
  readonly now: Date;
}

type Step = readonly [title: string, ...lines: string[]];

/**
 * The commands with which a person does this backup by hand, on this cluster: the vendor's procedure, and what that leaves to
 * luck. A shell script in form, to be read and typed piece by piece; no secret is in it. `undefined` where no script is known
 * for the cluster.
 */
export function manual({ plan, backupDirectory, ssh, now }: ManualOptions): string | undefined {
  const release = plan.script === undefined ? undefined : releaseNamed(plan.script.release);
  if (release === undefined) return undefined;
  const directory = `${backupDirectory}/manual-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const nodeName = plan.node?.name ?? 'NODE';
  const way = manualWay(plan.access, nodeName, ssh);
  const steps: readonly Step[] = [
    look(plan),
    ['Become root on the node.', ...way.enter],
    makeDirectory(directory, release),
    ...exportProxy(plan, nodeName),
    runScript(directory, release, plan),
    takeDigests(release),
    fetch(directory, release, way),
    store(plan, release),
    [
      'In the first terminal: remove what is on the node, and leave.',
      `cd / && rm -rf ${directory}`,
      ...way.leave,
    ],
  ];
  return [...head(plan), ...steps.flatMap(numbered)].join('\n');
}

function numbered([title, ...lines]: Step, index: number): readonly string[] {
  return ['', `# ${index + 1}. ${title}`, ...lines];
}

function head({ cluster, openshiftVersion, node, guards }: BackupPlan): readonly string[] {
  const version = openshiftVersion === undefined ? 'an unknown version' : openshiftVersion;
  const standing = guards.filter(({ outcome }) => outcome === 'refused' || outcome === 'waiting');
  return [
    `# A backup of ${cluster} by hand: OpenShift ${version}, ${node?.name ?? 'NODE is a control plane node of yours'}.`,
    '# Type it piece by piece and read what each command says. Such a backup has no manifest: etcd-backup does not know it.',
    ...(standing.length === 0 ? [] : ['#', '# NOT NOW, says the check:']),
    ...standing.map(
      ({ guard, evidence, until }) =>
        `#   ${guard}: ${evidence}${until === undefined ? '' : `; passes by itself at ${until}`}`,
    ),
  ];
}

function look({ openshiftVersion }: BackupPlan): Step {
  return [
    'Look whether the control plane is at rest.',
    'oc get clusterversion version  # no update under way',
    `oc get clusteroperators ${controlPlaneOperators(openshiftVersion).join(' ')}  # PROGRESSING: False in all`,
    'oc get nodes -l node-role.kubernetes.io/master  # Ready, all of them',
  ];
}

function makeDirectory(directory: string, { peakDisk }: ScriptRelease): Step {
  return [
    'A fresh directory of its own: in an old one the script would find what an earlier one left.',
    'umask 077',
    `mkdir -p ${directory}/backup && cd ${directory}`,
    `ls -lh /var/lib/etcd/member/snap/db; df -h .  # free: ${peakDisk} times that size, and 15 % of the disk besides`,
  ];
}

// Their values may hold a password: they are asked for, so that neither this text nor the shell's history has them.
function exportProxy({ proxyEnabled }: BackupPlan, nodeName: string): readonly Step[] {
  if (proxyEnabled === false) return [];
  const path = '{.status.httpProxy}{"\\n"}{.status.httpsProxy}{"\\n"}{.status.noProxy}{"\\n"}';
  const address = '{.status.addresses[?(@.type=="InternalIP")].address}{"\\n"}';
  return [
    [
      `The proxy of the cluster${proxyEnabled === undefined ? ', if it has one' : ''}: four lines, printed at your desk and pasted on the node.`,
      `oc get proxy cluster -o jsonpath='${path}'     # at your desk`,
      `oc get node ${nodeName} -o jsonpath='${address}'  # at your desk`,
      'read -rs HTTP_PROXY; read -rs HTTPS_PROXY; read -rs NO_PROXY; read -r addresses',
      'NO_PROXY="$NO_PROXY,${addresses// /,},localhost,127.0.0.1"',
      'export HTTP_PROXY HTTPS_PROXY NO_PROXY',
      'export http_proxy="$HTTP_PROXY" https_proxy="$HTTPS_PROXY" no_proxy="$NO_PROXY"',
    ],
  ];
}

function runScript(
  directory: string,
  { argv, warnings }: ScriptRelease,
  { script }: BackupPlan,
): Step {
  // Where the plan does, because operators may progress by an override.
  const force = script?.argv.includes('--force') === true;
  return [
    'The script of the vendor, once. It must end with "snapshot db and kube resources are successfully saved", and 0.',
    ...warnings.map((warning) => `# ${warning}`),
    `${argv(`${directory}/backup`, { force }).join(' ')}; echo $?`,
  ];
}

const globs: Readonly<Record<FileKind, string>> = {
  snapshot: 'snapshot_*.db',
  staticKubeResources: 'static_kuberesources_*.tar.gz',
  combined: 'snapshot_db_kuberesources_*.tar.gz',
};

/** The kinds of file that a script leaves, and a glob for each: never the whole directory, a private key may lie there. */
function filesOf({ artefacts }: ScriptRelease): readonly (readonly [FileKind, string])[] {
  const kinds = ['snapshot', 'staticKubeResources', 'combined'] as const;
  return kinds.filter((kind) => artefacts[kind] !== undefined).map((kind) => [kind, globs[kind]]);
}

function takeDigests(release: ScriptRelease): Step {
  const files = filesOf(release).map(([, glob]) => glob);
  const origin =
    release.artefacts.snapshot === undefined
      ? []
      : [
          `head -c -32 ${globs.snapshot} | sha256sum  # etcd's own digest, which`,
          `tail -c 32 ${globs.snapshot} | od -An -v -tx1 | tr -d ' \\n'; echo  # these last bytes must repeat`,
        ];
  return [
    `${files.length === 1 ? 'Exactly one file is there' : 'Exactly one file of each kind is there'}, whole.`,
    `cd backup && ls -l ${files.join(' ')}`,
    ...origin,
  ];
}

function fetch(directory: string, release: ScriptRelease, way: ManualWay): Step {
  const files = filesOf(release).map(([, glob]) => glob);
  return [
    'In a second terminal, at your desk: fetch them. Not with oc cp: it may cut a file short without a word.',
    'umask 077',
    ...way.reach,
    `${way.shell(`cd ${directory}/backup && sha256sum ${files.join(' ')}`)} > SHA256SUMS`,
    'for file in $(cut -c 67- SHA256SUMS); do',
    `  ${way.cat(`${directory}/backup/$file`)} > "$file" < /dev/null`,
    'done',
    'sha256sum -c SHA256SUMS  # OK for each; else fetch it again',
  ];
}

function store({ objects, encryption }: BackupPlan, release: ScriptRelease): Step {
  const isEncrypted = encryption !== undefined && encryption.type !== 'identity';
  const stores = filesOf(release).map(([kind, glob]) => {
    const named = objects.find((object) => object.kind === kind)?.store;
    return `# ${glob}  goes where store ${named ?? 'of your choice'} is`;
  });
  return [
    'Bring them to a place outside the cluster. They hold everything that the cluster keeps secret.',
    ...stores,
    ...(isEncrypted
      ? [
          `# etcd is encrypted (${encryption.type}), and ${release.artefacts.combined === undefined ? globs.staticKubeResources : globs.combined} holds the keys: ${release.artefacts.combined === undefined ? 'keep it apart from the snapshot, but never lose it, a restore needs it.' : 'whoever has this file needs no other.'}`,
        ]
      : []),
  ];
}
