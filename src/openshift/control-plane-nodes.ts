import { z } from 'zod';

import type { NodeSummary } from '../contracts/cluster-facts.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { conditionStatus, conditionsSchema } from './conditions.ts';
import { listParsed } from './read-parsed.ts';

/** A control plane node and its health, as the API shows it. */
export interface ControlPlaneNode extends NodeSummary {
  readonly architecture: string;
  readonly isReady: boolean;
  readonly hasDiskPressure: boolean;
}

const schema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  status: z.object({
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
    conditions: conditionsSchema,
    nodeInfo: z.object({ osImage: z.string().default(''), architecture: z.string().default('') }),
  }),
});

/** The label that every release has put on control plane nodes. */
const controlPlane = 'node-role.kubernetes.io/master';

/** Lists the control plane nodes, in order of name. */
export async function readControlPlaneNodes(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<readonly ControlPlaneNode[]> {
  const collection = { group: '', version: 'v1', plural: 'nodes', labelSelector: controlPlane };
  const nodes = await listParsed(api, collection, schema, signal);
  return nodes
    .map(({ metadata, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      addresses: status.addresses
        .filter(({ type }) => type === 'InternalIP')
        .map(({ address }) => address),
      osImage: status.nodeInfo.osImage,
      architecture: status.nodeInfo.architecture,
      isReady: conditionStatus(status.conditions, 'Ready') === 'True',
      hasDiskPressure: conditionStatus(status.conditions, 'DiskPressure') === 'True',
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
