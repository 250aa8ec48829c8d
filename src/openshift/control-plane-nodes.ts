import { z } from 'zod';

import type { NodeSummary } from '../contracts/cluster-facts.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { conditionStatus, conditionsSchema } from './conditions.ts';
import { listParsed } from './read-parsed.ts';

/** A control plane node and its health, as the API shows it. */
export interface ControlPlaneNode extends NodeSummary {
  readonly architecture: string;
  readonly isReady: boolean;
  /** The kinds of pressure that it is under, such as `DiskPressure`. */
  readonly pressures: readonly string[];
  /** Cordoned: it is about to be drained. */
  readonly isUnschedulable: boolean;
  readonly machineConfig: MachineConfigState;
}

/** How far the machine-config daemon of a node is; empty where it says nothing. */
export interface MachineConfigState {
  /** `Done`, `Working`, `Rebooting`, `Degraded`, `Unreconcilable`. */
  readonly state?: string;
  readonly current?: string;
  /** Another one than `current`: a reboot is near. */
  readonly desired?: string;
}

const names = z.record(z.string(), z.string()).default({});

const schema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: names,
    annotations: names,
  }),
  spec: z.object({ unschedulable: z.boolean().default(false) }).default({ unschedulable: false }),
  status: z.object({
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
    conditions: conditionsSchema,
    nodeInfo: z.object({ osImage: z.string().default(''), architecture: z.string().default('') }),
  }),
});

const role = 'node-role.kubernetes.io/';
const kindsOfPressure = ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/**
 * Lists the control plane nodes, in order of name. Every release labels them `master`, newer ones `control-plane` too; an
 * arbiter, which holds a vote in etcd and nothing else, is none of them.
 *
 * @see https://github.com/openshift/machine-config-operator/blob/release-4.16/pkg/daemon/constants/constants.go
 */
export async function readControlPlaneNodes(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly ControlPlaneNode[]> {
  const lists = await Promise.all(
    ['master', 'control-plane'].map(async (label) => {
      const labelSelector = `${role}${label}`;
      return await listParsed(
        api,
        { group: '', version: 'v1', plural: 'nodes', labelSelector },
        schema,
        signal,
      );
    }),
  );
  const nodes = new Map(lists.flat().map((node) => [node.metadata.uid, node]));
  return [...nodes.values()]
    .filter(({ metadata }) => metadata.labels[`${role}arbiter`] === undefined)
    .map(controlPlaneNode)
    .sort((a, b) => a.name.localeCompare(b.name));
}

function controlPlaneNode({ metadata, spec, status }: z.infer<typeof schema>): ControlPlaneNode {
  const { conditions, nodeInfo } = status;
  return {
    name: metadata.name,
    uid: metadata.uid,
    addresses: status.addresses
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address),
    osImage: nodeInfo.osImage,
    architecture: nodeInfo.architecture,
    isReady: conditionStatus(conditions, 'Ready') === 'True',
    pressures: kindsOfPressure.filter((kind) => conditionStatus(conditions, kind) === 'True'),
    isUnschedulable: spec.unschedulable,
    machineConfig: machineConfigState(metadata.annotations),
  };
}

function machineConfigState(annotations: Readonly<Record<string, string>>): MachineConfigState {
  const annotation = (name: string): string | undefined =>
    annotations[`machineconfiguration.openshift.io/${name}`];
  const state = annotation('state');
  const current = annotation('currentConfig');
  const desired = annotation('desiredConfig');
  return {
    ...(state === undefined ? {} : { state }),
    ...(current === undefined ? {} : { current }),
    ...(desired === undefined ? {} : { desired }),
  };
}
