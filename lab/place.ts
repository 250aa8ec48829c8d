/**
 * Where the lab stands, on the machine and on its network. One lab per machine: every name is fixed,
 * so that a later command finds whatever an earlier one left.
 */
export const place = {
  /** Gone after a reboot, as everything else of the lab. Holds the admin's key: mode 0700. */
  stateDirectory: '/run/temporal-etcd-backup-lab',
  /** The control group, in every hierarchy, of every process of the node. */
  cgroup: 'temporal-etcd-backup-lab',
  nodeName: 'master-0',
  nodeAddress: '10.77.0.2',
  machineAddress: '10.77.0.1',
  prefixLength: 30,
  /** At most 15 characters: a network interface's name. */
  machineInterface: 'etcd-backup-lab',
  nodeInterface: 'eth0',
} as const;

/** Where the node's API server answers. */
export const apiServerUrl: string = `https://${place.nodeAddress}:6443`;

/** Where the node's etcd answers. */
export const etcdUrl: string = `https://${place.nodeAddress}:2379`;

/** A path in the state directory. */
export function statePath(...names: readonly string[]): string {
  return [place.stateDirectory, ...names].join('/');
}
