import { workflowInfo } from '@temporalio/workflow';

import { manifestFormat } from '../contracts/index.ts';
import type {
  EtcdFacts,
  EtcdMember,
  KeptTake,
  Manifest,
  NodeFacts,
  RecheckRecord,
  StoredFile,
  Verification,
} from '../contracts/index.ts';
import type { TakenSnapshot } from './take-snapshot.ts';

/** Gathers the manifest. Its time is the workflow's own, so that every attempt to write it writes the same bytes. */
export function writeManifest(gathered: {
  readonly taken: TakenSnapshot;
  readonly files: readonly StoredFile[];
  readonly verification: readonly Verification[];
  readonly rechecks: readonly RecheckRecord[];
  readonly labels?: Readonly<Record<string, string>>;
  /** The take that was resumed, where it is one of an earlier run. */
  readonly kept?: KeptTake;
}): Manifest {
  const { taken, files, verification, rechecks, labels, kept } = gathered;
  const { facts, candidate, node, script, takes } = taken;
  const { run } = taken.context;
  const { workflowId, runId } = workflowInfo();
  const { status, possiblyDirty, startedAt, finishedAt } = script;
  const { name, reason, architecture, etcdImage } = candidate;
  const { releaseImage, proxyEnabled, trustedCA } = facts;
  return {
    format: manifestFormat,
    id: run.id,
    cluster: { ...facts.cluster, ...(architecture === undefined ? {} : { architecture }) },
    openshiftVersion: node.openshiftVersion,
    ...(releaseImage === undefined ? {} : { releaseImage }),
    ...(etcdImage === undefined ? {} : { etcdImage }),
    etcd: { ...status, ...membersOf(node.etcd) },
    nodes: facts.nodes,
    node: { name, reason },
    script: { ...node.script, possiblyDirty, startedAt, finishedAt },
    revisions: facts.revisions,
    ...(proxyEnabled === undefined ? {} : { proxyEnabled }),
    ...(trustedCA === undefined ? {} : { trustedCA }),
    ...encryptionOf(taken),
    ...(facts.signers.length === 0 ? {} : { certificates: { signers: facts.signers } }),
    guards: [...facts.guards, ...node.guards],
    overrides: facts.overrides,
    files,
    verification,
    restore: restoreOf(node),
    ...(labels === undefined ? {} : { labels }),
    run: {
      ...(kept === undefined ? execution() : kept.execution),
      name: run.name,
      takes,
      ...(kept === undefined ? {} : { resumedBy: { workflowId, runId } }),
      ...(rechecks.length === 0 ? {} : { rechecks }),
    },
    createdAt: new Date().toISOString(),
  };
}

/** This execution, as the manifest names it. */
export function execution(): KeptTake['execution'] {
  const { namespace, workflowId, runId } = workflowInfo();
  return { namespace, workflowId, runId };
}

function membersOf(etcd: EtcdFacts | undefined): Partial<Manifest['etcd']> {
  if (etcd === undefined) return {};
  const { members, member, leader } = etcd;
  return { members, member, ...(leader === undefined ? {} : { leader }) };
}

function encryptionOf({ facts, node, verified }: TakenSnapshot): Pick<Manifest, 'encryption'> {
  const isCombined = verified.files.some(({ kind }) => kind === 'combined');
  const encryption = {
    ...facts.encryption,
    ...(node.keys === undefined ? {} : { keysBefore: node.keys }),
    ...(verified.keys === undefined ? {} : { keysAfter: verified.keys }),
    ...(isCombined ? ({ keysWithSnapshot: true } as const) : {}),
  };
  return Object.keys(encryption).length === 0 ? {} : { encryption };
}

/** What restores it: the vendor's script that came and went with the one that took it. The one of 4.3 asks for the members. */
function restoreOf({ script, openshiftVersion, etcd }: NodeFacts): Manifest['restore'] {
  const restore = script.path.replace(/backup\.sh$/, 'restore.sh');
  const asksForMembers = restore.endsWith('/etcd-snapshot-restore.sh');
  return {
    script: restore,
    sameVersion: openshiftVersion,
    ...(asksForMembers && etcd !== undefined
      ? { initialCluster: initialCluster(etcd.members) }
      : {}),
  };
}

/** As etcd's `--initial-cluster` wants it. */
function initialCluster(members: readonly EtcdMember[]): string {
  return members
    .filter(({ isLearner, name }) => !isLearner && name !== '')
    .flatMap(({ name, peerURLs }) => peerURLs.map((url) => `${name}=${url}`))
    .join(',');
}
