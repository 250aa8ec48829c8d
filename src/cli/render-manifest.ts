import { formatBytes } from '../contracts/index.ts';
import type { EtcdMember, Manifest, StoredFile } from '../contracts/index.ts';
import { capturedAt } from '../store/read-backups.ts';
import type { FoundBackup } from '../store/read-backups.ts';
import { alignColumns } from './align-columns.ts';
import { formatAge } from './format-age.ts';
import { formatTime } from './format-time.ts';
import { restoreSteps } from './restore-steps.ts';
import { storedText } from './stored-text.ts';

/**
 * A manifest for people: what it is, where its files are, how they were proven, how they are restored: first from `stores`, where
 * those have copies.
 */
export function renderManifest(
  { cluster, id, ...found }: Extract<FoundBackup, { readonly state: 'backup' }>,
  manifest: Manifest,
  { stores, now }: { readonly stores: readonly string[]; readonly now: Date },
): string {
  const { verification, guards, overrides, labels = {} } = manifest;
  const age = formatAge(now.getTime() - capturedAt(manifest).getTime());
  const lines = [
    `backup ${cluster}/${id}, ${age} old`,
    ...block('', [
      ...facts(manifest),
      ['  manifest', `${found.key}, sha256 ${found.sha256}`],
      ['  signature', signatureText(found.signature, manifest)],
    ]),
    '  files',
    ...manifest.files.flatMap(fileLines),
    '  verification',
    ...block(
      '    ',
      verification.map(({ outcome, level, evidence }) => [outcome, level, evidence]),
    ),
    ...section(
      'guards overridden',
      overrides.map(({ guard, reason, who }) => [guard, by(reason, who)]),
    ),
    ...section(
      'guards not evaluated',
      guards
        .filter(({ outcome }) => outcome === 'notEvaluated')
        .map(({ guard, evidence }) => [guard, evidence]),
    ),
    ...section('labels', Object.entries(labels)),
    '  restore',
    ...restoreSteps(manifest, stores).map((line) => `    ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

type Row = readonly string[];

function facts(manifest: Manifest): readonly Row[] {
  const { script, node, run, etcd } = manifest;
  const span = [script.startedAt, script.finishedAt].map((time) => formatTime(new Date(time)));
  const forced = script.possiblyDirty ? '; forced while operators were progressing' : '';
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['captured', `${span[0]}, done ${span[1]}`],
    ['cluster', clusterText(manifest)],
    ['OpenShift', manifest.openshiftVersion],
    ['node', `${node.name}: ${node.reason}`],
    ['script', `${script.path}, contract of ${script.release}, sha256 ${script.sha256}${forced}`],
    ['etcd', etcdText(manifest)],
    ...(etcd.members ?? []).map(
      (member, index) => [index === 0 ? 'members' : '', memberText(member, etcd)] as const,
    ),
    ['encryption', encryptionText(manifest)],
    [
      'proxy',
      manifest.proxyEnabled === undefined ? undefined : manifest.proxyEnabled ? 'on' : 'off',
    ],
    [
      'run',
      `${run.name}, workflow ${run.workflowId}, namespace ${run.namespace}, takes ${run.takes.length}`,
    ],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[`  ${name}`, value]]));
}

function clusterText({ cluster }: Manifest): string {
  const { name, infrastructureName, id, topology, architecture } = cluster;
  return [name, infrastructureName, id, topology, architecture]
    .filter((word) => word !== undefined)
    .join(', ');
}

function etcdText({ etcd }: Manifest): string | undefined {
  const { version, revision, totalKey, totalSize, hash } = etcd;
  const words = [
    version,
    revision === undefined ? undefined : `revision ${revision}`,
    totalKey === undefined ? undefined : `${totalKey} keys`,
    totalSize === undefined ? undefined : formatBytes(totalSize),
    // As etcdutl prints it.
    hash === undefined ? undefined : `hash ${hash.toString(16)}`,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : words.join(', ');
}

function memberText(
  { id, name, peerURLs, isLearner, raftIndex }: EtcdMember,
  { leader, member }: Manifest['etcd'],
): string {
  return [
    `${name || 'not started'} (${id})`,
    ...(id === leader ? ['leader'] : []),
    ...(id === member ? ['snapshot taken here'] : []),
    ...(isLearner ? ['learner'] : []),
    ...(raftIndex === undefined ? [] : [`raft index ${raftIndex}`]),
    ...peerURLs,
  ].join(', ');
}

function encryptionText({ encryption }: Manifest): string | undefined {
  if (encryption === undefined) return undefined;
  const { type, state, keysAfter, keysWithSnapshot } = encryption;
  return [
    type,
    ...(state === undefined ? [] : [state]),
    ...(keysAfter?.keyNames === undefined ? [] : [`keys ${keysAfter.keyNames.join(', ')}`]),
    ...(keysWithSnapshot === true ? ['the keys lie with the snapshot'] : []),
  ].join(', ');
}

function fileLines(file: StoredFile): readonly string[] {
  const { kind, name, sizeBytes, sha256, store, key, lock } = file;
  return [
    `    ${kind}, ${formatBytes(sizeBytes)}, ${name}`,
    `      in ${store}: ${key}`,
    `      sha256 ${sha256}`,
    ...storedText(file).map((line) => `      ${line}`),
    ...(lock === undefined
      ? []
      : [`      lock ${lock.mode} until ${formatTime(new Date(lock.until))}`]),
  ];
}

function signatureText(
  signature: Extract<FoundBackup, { readonly state: 'backup' }>['signature'],
  manifest: Manifest,
): string {
  if (signature.outcome === 'verified') return `verified, by key ${signature.keyId}`;
  const { keyId } = manifest.signature ?? {};
  return keyId === undefined ? 'none' : `not verified, by key ${keyId}`;
}

function by(reason: string, who: string | undefined): string {
  return who === undefined ? reason : `${reason} (${who})`;
}

function section(title: string, rows: readonly Row[]): readonly string[] {
  return rows.length === 0 ? [] : [`  ${title}`, ...block('    ', rows)];
}

function block(indent: string, rows: readonly Row[]): readonly string[] {
  return alignColumns(rows).map((line) => indent + line);
}
