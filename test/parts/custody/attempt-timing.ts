import type { ExecTiming } from '../../../src/kubernetes/exec-socket.ts';
import type { CustodyRun } from './custody-run.ts';

/** A server that stands still is given up sooner in runs where one does. */
export function attemptTiming({ wireFaults }: CustodyRun): Partial<ExecTiming> {
  const isStalled = wireFaults.some(({ fault }) => fault.fault === 'stall');
  return isStalled ? { handshakeMs: 5000, silenceMs: 2000 } : {};
}
