import { plannedObjects } from '../../src/activities/planned-objects.ts';
import type { BackupPlan } from '../../src/contracts/index.ts';
import { scriptRelease } from '../../src/script/releases.ts';

/** The plan of a healthy cluster of this version, with these changes. */
export function planOf(openshiftVersion: string, changes: Partial<BackupPlan> = {}): BackupPlan {
  const proposed = scriptRelease(openshiftVersion);
  const stores = { snapshot: 'primary', staticKubeResources: 'vault' };
  const known =
    'refused' in proposed
      ? { objects: [] }
      : {
          script: {
            release: proposed.release.since,
            argv: proposed.release.argv('/home/core/assets/backup/<run name>-1/backup', {
              force: false,
            }),
          },
          objects: plannedObjects('demo', { stores, forceScript: false }, proposed.release),
        };
  return {
    cluster: 'demo',
    outcome: 'ready',
    openshiftVersion,
    guards: [{ guard: 'topology', outcome: 'passed', evidence: 'topology HighlyAvailable' }],
    missingPermissions: [],
    access: 'debugPod',
    node: { name: 'master-0', reason: 'Ready' },
    nodeGuards: ['tools', 'freeSpace'],
    proxyEnabled: false,
    encryption: { type: 'identity' },
    warnings: [],
    ...known,
    ...changes,
  };
}
