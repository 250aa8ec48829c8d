import { workflowInfo } from '@temporalio/workflow';

import { manifestFormat } from '../contracts/index.ts';
import type {
  BackupRequest,
  ClusterFacts,
  Manifest,
  Run,
  StoredFile,
  Verification,
} from '../contracts/index.ts';
import type { TakenSnapshot } from './take-snapshot.ts';

/** Gathers the manifest. Its time is the workflow's own, so that every attempt to write it writes the same bytes. */
export function writeManifest(gathered: {
  readonly request: BackupRequest;
  readonly run: Run;
  readonly facts: ClusterFacts;
  readonly taken: TakenSnapshot;
  readonly files: readonly StoredFile[];
  readonly verification: readonly Verification[];
}): Manifest {
  const { request, run, facts, taken, files, verification } = gathered;
  const { namespace, workflowId, runId } = workflowInfo();
  const { status, possiblyDirty, startedAt, finishedAt } = taken.script;
  return {
    format: manifestFormat,
    id: run.id,
    cluster: facts.cluster,
    openshiftVersion: facts.openshiftVersion,
    ...(facts.releaseImage === undefined ? {} : { releaseImage: facts.releaseImage }),
    etcdImage: facts.etcdImage,
    etcd: status,
    nodes: facts.nodes,
    node: facts.node,
    script: { ...taken.node.script, possiblyDirty, startedAt, finishedAt },
    revisions: facts.revisions,
    proxyEnabled: facts.proxyEnabled,
    encryption: facts.encryption,
    guards: facts.guards,
    overrides: facts.overrides,
    files,
    verification,
    restore: { script: '/usr/local/bin/cluster-restore.sh', sameVersion: facts.openshiftVersion },
    ...(request.labels === undefined ? {} : { labels: request.labels }),
    run: { namespace, workflowId, runId, name: run.name, takes: taken.takes },
    createdAt: new Date().toISOString(),
  };
}
