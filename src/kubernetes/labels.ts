/** The labels on everything of ours in the target cluster, so that a sweep finds what a dead run left. */
export const label = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'etcd-backup/run',
  cluster: 'etcd-backup/cluster',
  take: 'etcd-backup/take',
} as const;

/** The value of {@link label.managedBy}. */
export const managedBy = 'temporal-etcd-backup';

/** Whose an object in the target cluster is. */
export interface Owner {
  /** The run's name. */
  readonly run: string;
  /** The cluster's name in the worker's configuration. */
  readonly cluster: string;
  /** The take's number; absent on what belongs to the whole run. */
  readonly take?: number;
}

/** The labels that say so. */
export function ownerLabels(owner: Owner): Readonly<Record<string, string>> {
  return {
    [label.managedBy]: managedBy,
    [label.run]: owner.run,
    [label.cluster]: owner.cluster,
    ...(owner.take === undefined ? {} : { [label.take]: String(owner.take) }),
  };
}
