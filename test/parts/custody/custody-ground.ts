import { debugSession } from '../../../src/contracts/debug-session.ts';
import type { DebugSession } from '../../../src/contracts/run.ts';
import { clusterApi } from '../../../src/kubernetes/api.ts';
import type { ClusterConnection } from '../../../src/kubernetes/connect.ts';
import { endDebugPod, ensureDebugPod } from '../../../src/node/debug-session.ts';
import type { FaultHandle } from '../../../src/testing/index.ts';
import type { WireFault } from './draw-wire-faults.ts';

/** A node as a test looks at it: as root on the node itself, not through the product. */
export interface CustodyNode {
  run(
    argv: readonly string[],
    options?: { readonly stdin?: string },
  ): Promise<{ readonly exitCode: number; readonly stdout: string }>;
  /** Writes a file, with its directories. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
}

/** Where runs are carried out: a node with a debug pod on it. */
export interface CustodyGround {
  readonly node: CustodyNode;
  readonly session: DebugSession;
  /**
   * When a program ends whose connection is gone, at last. containerd's shim reads no more and closes nothing: who was writing then
   * waits until the pod ends.
   */
  readonly programsEnd: 'withConnection' | 'withPod';
  /** The way between the workers of one run and its file on the node. */
  openWire(file: string): Promise<Wire>;
}

/** A connection to the cluster that can be disturbed. */
export interface Wire extends AsyncDisposable {
  readonly connection: ClusterConnection;
  /** Puts a fault in force, behind those that are. */
  disturb(fault: WireFault): FaultHandle;
  /** The commands of the run whose exec connection is open. */
  openExecs(): readonly string[];
}

/** The debug pod of the runs. */
export interface CustodyPod extends AsyncDisposable {
  readonly session: DebugSession;
}

/** Makes the debug pod of the runs run, and ends it at last. */
export async function startPod(
  connection: ClusterConnection,
  pod: Pick<DebugSession, 'namespace' | 'nodeName' | 'image'>,
): Promise<CustodyPod> {
  const owner = { run: 'abcdefghijkl', cluster: 'custody', take: 1 };
  const session = debugSession(owner, { ...pod, activeDeadlineSeconds: 3600 });
  const { signal } = new AbortController();
  await ensureDebugPod(clusterApi(connection), session, owner, { signal });
  return {
    session,
    [Symbol.asyncDispose]: async () => {
      await endDebugPod(clusterApi(connection), session, owner, { signal });
    },
  };
}
