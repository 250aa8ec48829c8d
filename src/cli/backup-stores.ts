import type { Config } from '../config/config.ts';
import { clusterConfig } from '../config/look-up.ts';
import { openStore } from '../config/open-store.ts';
import { placesOf, storesOf } from '../contracts/index.ts';
import type { StoreNames } from '../contracts/index.ts';
import type { BackupStores } from '../store/read-backups.ts';

/**
 * The stores in which backups of the cluster are looked for: the two that its configuration names, or `from` and the one that
 * stands beside it there. Each has its copy of the manifest. Opens no connection.
 */
export function backupStores(config: Config, cluster: string, from?: string): BackupStores {
  const places = placesOf(clusterConfig(config, cluster));
  const { snapshot, staticKubeResources } = from === undefined ? places[0]! : beside(places, from);
  return {
    snapshot: openStore(config, snapshot),
    staticKubeResources: openStore(config, staticKubeResources),
  };
}

/** The other stores of the cluster that have its manifests too, for when the one that was asked does not answer. */
export function otherStores(config: Config, cluster: string, asked: string): readonly string[] {
  return storesOf(clusterConfig(config, cluster)).filter((name) => name !== asked);
}

/** A store and its counterpart; one that the cluster does not name, such as one of former days, stands alone. */
function beside(places: readonly StoreNames[], from: string): StoreNames {
  const own = places.find(({ snapshot }) => snapshot === from);
  if (own !== undefined) return own;
  const other = places.find(({ staticKubeResources }) => staticKubeResources === from);
  return { snapshot: from, staticKubeResources: other?.snapshot ?? from };
}
