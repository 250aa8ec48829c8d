import { placesOf, storesOf } from '../contracts/index.ts';
import type { BackupPlan, BackupPolicy, FileKind } from '../contracts/index.ts';
import type { ScriptRelease } from '../script/releases.ts';
import { fileKey, manifestKey, storedName } from '../store/layout.ts';

/** What stands in a plan for what only the run knows. */
export const placeholder = {
  run: '<run name>',
  id: '<UTC time>-<run name>',
  /** The script's own, of the node's clock. */
  time: '<time>',
} as const;

/** The objects that a backup would write, and the store of each; compressed ones as on a node that has `zstd`. Pure. */
export function plannedObjects(
  cluster: string,
  policy: Pick<BackupPolicy, 'stores' | 'copies' | 'storePolicies' | 'forceScript'>,
  release: ScriptRelease,
): BackupPlan['objects'] {
  const kinds = (['snapshot', 'staticKubeResources', 'combined'] as const).filter(
    (kind) => release.artefacts[kind] !== undefined,
  );
  const suffix = policy.forceScript && release.supportsForce ? '__POSSIBLY_DIRTY__' : '';
  const key = manifestKey(cluster, placeholder.id);
  return [
    ...kinds.flatMap((kind) => {
      const place = kind === 'staticKubeResources' ? 'staticKubeResources' : 'snapshot';
      const stores = new Set(placesOf(policy).map((names) => names[place]));
      const name = plannedName(kind, suffix);
      return [...stores].map((store) => {
        const { compression, recipients } = policy.storePolicies?.[store] ?? {};
        const isCompressed = compression === 'zstd' && kind === 'snapshot';
        const stored = storedName(name, { isCompressed, isSealed: recipients !== undefined });
        return { kind, store, key: fileKey(cluster, placeholder.id, stored) };
      });
    }),
    ...storesOf(policy).map((store) => ({ kind: 'manifest', store, key }) as const),
  ];
}

/** The name that the script gives a file of this kind. */
export function plannedName(kind: FileKind, suffix = ''): string {
  const names: Readonly<Record<FileKind, string>> = {
    snapshot: `snapshot_${placeholder.time}${suffix}.db`,
    staticKubeResources: `static_kuberesources_${placeholder.time}${suffix}.tar.gz`,
    combined: `snapshot_db_kuberesources_${placeholder.time}.tar.gz`,
  };
  return names[kind];
}
