import type { Socket } from 'node:net';

import { FaultList } from '../../src/testing/fault-list.ts';
import type { ActiveFault, FaultHandle } from '../../src/testing/fault-list.ts';
import type { ExecFault } from '../../src/testing/index.ts';
import { startRelay } from './relay.ts';

/** A wire on loopback whose connections fail on request. */
export interface FaultyRelay {
  readonly port: number;
  /**
   * Puts a fault in force as far as a wire can suffer it: bytes that stand still or are other ones do so here too; in every other
   * case the connection breaks. `afterBytes` counts what comes back over it.
   */
  fail(fault: ExecFault): FaultHandle;
  /** The connections that are open, a line each. */
  open(): readonly string[];
  close(): Promise<void>;
}

/** Passes what comes to a port of its own on to another machine's. */
export async function startFaultyRelay(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultyRelay> {
  const faults = new FaultList<ExecFault>();
  const relay = await startRelay(target, (near, far) => {
    near.pipe(far);
    passBack(
      near,
      far,
      faults.find(() => true),
    );
  });
  return {
    port: relay.port,
    fail: (fault) => faults.add(fault),
    open: () => [...relay.pairs].map(([near]) => `from port ${near.remotePort}`),
    close: async () => await relay.close(),
  };
}

function passBack(near: Socket, far: Socket, active: ActiveFault<ExecFault> | undefined): void {
  const fault = active?.fault;
  const afterBytes = fault && 'afterBytes' in fault ? (fault.afterBytes ?? 0) : 0;
  let [seen, isDone] = [0, active === undefined];
  far.on('data', (chunk: Buffer) => {
    const place = afterBytes - seen;
    seen += chunk.length;
    if (!isDone && place < chunk.length) {
      isDone = true;
      if (active?.strike() === true) return suffer(active, { near, far, chunk, place });
    }
    pass(near, far, chunk);
  });
}

interface Struck {
  readonly near: Socket;
  readonly far: Socket;
  readonly chunk: Buffer;
  /** Where in the chunk. */
  readonly place: number;
}

function suffer({ fault, removed }: ActiveFault<ExecFault>, struck: Struck): void {
  const { near, far, chunk, place } = struck;
  if (fault.fault === 'stall') {
    far.pause();
    void removed.then(() => near.resetAndDestroy());
  } else if (['corrupt', 'garble', 'overrun'].includes(fault.fault)) {
    chunk.writeUInt8(chunk.readUInt8(place) ^ 1, place);
    pass(near, far, chunk);
  } else {
    pass(near, far, chunk.subarray(0, place));
    near.resetAndDestroy();
  }
}

function pass(near: Socket, far: Socket, bytes: Buffer): void {
  if (near.write(bytes)) return;
  far.pause();
  near.once('drain', () => far.resume());
}
