import type { BackupPolicy, ClusterFacts, NodeFacts, Take } from '../contracts/index.ts';
import { failure } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { askEtcd } from '../openshift/etcd-gateway.ts';
import type { EtcdAnswer } from '../openshift/etcd-answer.ts';
import { evaluateNodeGuards } from '../openshift/evaluate-node-guards.ts';
import type { NodeFinding } from '../openshift/evaluate-node-guards.ts';
import { readKeyGeneration } from '../openshift/key-generation.ts';
import { leastFreeBytes } from '../openshift/node-guards/free-space.ts';
import { inspectNode } from '../script/inspect-node.ts';
import type { InspectedNode } from '../script/inspect-node.ts';

/** What is examined, and what is known of it already. */
export interface NodeSubject {
  /** Where the files of a take are, or would be; it need not exist. */
  readonly take: Pick<Take, 'nodeName' | 'directory'>;
  readonly policy: Pick<BackupPolicy, 'stores' | 'copies' | 'separateStores' | 'storePolicies'>;
  readonly facts: Pick<ClusterFacts, 'openshiftVersion' | 'encryption' | 'overrides'>;
  /** Absent where it is known not to answer. */
  readonly api?: ClusterApi;
  /** What `inspectNode` found just now. @default asked here */
  readonly inspected?: InspectedNode;
}

/** The facts of a node, with what each guard's refusal says of the others. */
export interface ExaminedNode extends NodeFacts {
  readonly guards: readonly NodeFinding[];
}

/**
 * Asks the node, and etcd on it, what only they can answer, and evaluates every node guard on that. Reads only, makes nothing;
 * whether the guards let a backup begin is for the caller to ask.
 *
 * @throws `NodeUnfit` when the shell does not stand in the node's own root, or nobody says which OpenShift it is; `ScriptMissing`;
 * neither retryable; `NodeUnreachable`, retryable
 */
export async function examineNode(
  shell: NodeShell,
  { take, policy, facts, api, ...known }: NodeSubject,
  signal: AbortSignal,
): Promise<ExaminedNode> {
  const inspected =
    known.inspected ?? (await inspectNode(shell, take, facts.openshiftVersion, signal));
  const openshiftVersion = facts.openshiftVersion ?? inspected.openshiftVersion;
  if (openshiftVersion === undefined) {
    throw failure('NodeUnfit', {
      observed: "neither the cluster's API nor the node says which OpenShift it is",
      where: { node: take.nodeName },
    });
  }
  // What asks etcd and reads the keys needs the tools as well.
  const canAsk = inspected.missingTools.length === 0;
  const [answer, keys] = await Promise.all([
    canAsk ? askEtcd(shell, signal) : notAsked,
    canAsk ? readKeyGeneration(api, shell, take.nodeName, signal) : undefined,
  ]);
  const etcd = answer.outcome === 'answered' ? answer.etcd : undefined;
  const { bootId, script, digestTool, release, freeBytes, totalBytes } = inspected;
  const databaseBytes = inspected.databaseBytes || (etcd?.databaseSize ?? 0);
  const findings = evaluateNodeGuards(
    {
      missingTools: inspected.missingTools,
      space: {
        free: freeBytes,
        total: totalBytes,
        database: databaseBytes,
        peakDisk: release.peakDisk,
      },
      script: {
        release: release.since,
        writesCombinedFile: release.artefacts.combined !== undefined,
      },
      policy,
      etcd: answer,
      ...(facts.encryption === undefined ? {} : { encryption: facts.encryption }),
      ...(keys === undefined ? {} : { keys }),
    },
    facts.overrides,
  );
  const isUnwatched = (found: NodeFinding): boolean =>
    found.guard === 'freeSpace' && found.outcome === 'overridden';
  return {
    bootId,
    openshiftVersion,
    script,
    digestTool,
    freeBytes,
    leastFreeBytes: findings.some(isUnwatched) ? 0 : leastFreeBytes(totalBytes),
    databaseBytes,
    ...(etcd === undefined ? {} : { etcd }),
    ...(keys === undefined ? {} : { keys }),
    guards: findings.map((found) =>
      isUnwatched(found)
        ? {
            ...found,
            evidence: `${found.evidence}; the script is not stopped when less than that is left`,
          }
        : found,
    ),
    warnings: [...inspected.warnings, ...unhealthyMembers(answer)],
  };
}

const notAsked: EtcdAnswer = {
  outcome: 'unknown',
  reason: 'etcd was not asked: tools are missing on the node',
};

function unhealthyMembers(answer: EtcdAnswer): readonly string[] {
  if (answer.outcome !== 'answered') return [];
  return answer.health.unhealthy.map(
    ({ id, name, observed }) => `etcd member ${name || id} is not healthy: ${observed}`,
  );
}
