import { dirname } from 'node:path';

import { startStandInCluster } from '../../../src/testing/index.ts';
import type { StandInCluster } from '../../../src/testing/index.ts';
import { startPod } from './custody-ground.ts';
import type { CustodyGround, Wire } from './custody-ground.ts';
import type { NodeProgram } from './draw-wire-faults.ts';

/** A stand-in cluster of one node. */
export async function openStandInGround(): Promise<CustodyGround & AsyncDisposable> {
  const parts = new AsyncDisposableStack();
  const cluster = await startStandInCluster();
  parts.defer(async () => await cluster.close());
  try {
    const pod = await startPod(connectionTo(cluster), {
      namespace: cluster.namespace,
      nodeName: cluster.node().name,
      image: cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '',
    });
    parts.use(pod);
    return {
      node: cluster.node(),
      session: pod.session,
      programsEnd: 'withConnection',
      openWire: async (file) => openWire(cluster, file),
      [Symbol.asyncDispose]: async () => await parts.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

function connectionTo(cluster: StandInCluster): Wire['connection'] {
  return { kubeconfig: { file: cluster.kubeconfigPath } };
}

function openWire(cluster: StandInCluster, file: string): Wire {
  return {
    connection: connectionTo(cluster),
    disturb: ({ program, fault }) =>
      cluster.faults.exec({ ...fault, command: commandOf(file, program) }),
    openExecs: () =>
      cluster.requests
        .filter(({ status, closedAt }) => status === 101 && closedAt === undefined)
        .map(({ command = [] }) => command.join(' '))
        .filter((command) => command.includes(dirname(file))),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** By the arguments with which these programs are started. */
function commandOf(file: string, program: NodeProgram): RegExp {
  const beside = dirname(file);
  const list = `${beside}/parts-[\\w-]+`;
  const sent = `${file}(\\.zst)?`;
  const started: Readonly<Record<NodeProgram, string>> = {
    inspection: `${sent} ${list} `,
    compression: `${file} ${file}\\.zst `,
    partList: `${list} \\d+$`,
    ranges: `${sent} (zstd|plain)( |$)`,
    directParts: `${sent} ${beside} `,
    seal: `${beside}/seal-[\\w-]+$`,
    sealedParts: `${beside}/sealed-[\\w-]+$`,
  };
  return new RegExp(` sh ${started[program]}`);
}
