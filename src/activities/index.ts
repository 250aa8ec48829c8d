import type { WireActivities, WireCheckActivities } from '../contracts/index.ts';
import type { Config } from '../config/config.ts';
import { createResolver } from '../config/resolve.ts';
import { acquireLeaseStep } from './acquire-lease.ts';
import { changeRootStep } from './change-root.ts';
import { checkClusterStep } from './check-cluster.ts';
import { commitBackupStep } from './commit-backup.ts';
import { endDebugSessionStep } from './end-debug-session.ts';
import { exportEnvironmentStep } from './export-environment.ts';
import { findKeptTakeStep } from './find-kept-take.ts';
import { endInspectionStep, inspectNodeStep } from './inspect-node-step.ts';
import { planBackupStep } from './plan-backup.ts';
import { releaseLeaseStep } from './release-lease.ts';
import { removeFilesStep } from './remove-files.ts';
import { runBackupScriptStep } from './run-backup-script.ts';
import { startDebugSessionStep } from './start-debug-session.ts';
import { activity } from './step.ts';
import { transferLanes } from './transfer-lanes.ts';
import { uploadStep } from './upload.ts';
import { verifySnapshotStep } from './verify-snapshot.ts';
import { verifyStoredStep } from './verify-stored.ts';

/** Options of {@link createActivities}. */
export interface ActivityOptions {
  /** How many files this process transfers at once; each takes the memory of two parts. @default 1 */
  readonly transfers?: number;
}

/**
 * Makes the activities of a backup and of a check, by their names on the wire, for a worker of your own:
 * `activities: { ...ours, ...createActivities(await loadConfig('etcd-backup.yaml')) }`. Opens no connection.
 */
export function createActivities(
  config: Config,
  { transfers = 1 }: ActivityOptions = {},
): WireActivities & WireCheckActivities {
  const resolver = createResolver(config);
  const upload = uploadStep(transferLanes(transfers));
  return {
    'etcdBackup.checkCluster': activity(resolver, 'checkCluster', 'none', checkClusterStep(config)),
    'etcdBackup.acquireLease': activity(resolver, 'acquireLease', 'none', acquireLeaseStep),
    'etcdBackup.startDebugSession': activity(
      resolver,
      'startDebugSession',
      'kept',
      startDebugSessionStep,
    ),
    'etcdBackup.findKeptTake': activity(resolver, 'findKeptTake', 'kept', findKeptTakeStep),
    'etcdBackup.changeRoot': activity(resolver, 'changeRoot', 'kept', changeRootStep),
    'etcdBackup.exportEnvironment': activity(
      resolver,
      'exportEnvironment',
      'keptWithLock',
      exportEnvironmentStep,
    ),
    'etcdBackup.runBackupScript': activity(
      resolver,
      'runBackupScript',
      'keptWithLock',
      runBackupScriptStep,
    ),
    'etcdBackup.verifySnapshot': activity(
      resolver,
      'verifySnapshot',
      'keptWithLock',
      verifySnapshotStep,
    ),
    'etcdBackup.uploadSnapshot': activity(resolver, 'uploadSnapshot', 'keptWithLock', upload),
    'etcdBackup.uploadStaticKubeResources': activity(
      resolver,
      'uploadStaticKubeResources',
      'keptWithLock',
      upload,
    ),
    'etcdBackup.verifyStored': activity(resolver, 'verifyStored', 'kept', verifyStoredStep),
    'etcdBackup.commitBackup': activity(resolver, 'commitBackup', 'kept', commitBackupStep),
    'etcdBackup.removeFiles': activity(
      resolver,
      'removeFiles',
      // In stores of other workers it comes after the lease was released.
      ({ uploadsIn }) => (uploadsIn === undefined ? 'keptIfOurs' : 'none'),
      removeFilesStep,
    ),
    'etcdBackup.endDebugSession': activity(
      resolver,
      'endDebugSession',
      'keptIfOurs',
      endDebugSessionStep,
    ),
    'etcdBackup.releaseLease': activity(resolver, 'releaseLease', 'none', releaseLeaseStep),
    'etcdBackup.planBackup': activity(resolver, 'planBackup', 'none', planBackupStep(config)),
    'etcdBackup.inspectNode': activity(resolver, 'inspectNode', 'none', inspectNodeStep),
    'etcdBackup.endInspection': activity(resolver, 'endInspection', 'none', endInspectionStep),
  };
}
