import { FaultList } from './fault-list.ts';
import type { ActiveFault, FaultTimes } from './fault-list.ts';

/**
 * What happens to an exec connection. `afterBytes` counts the command's stdout.
 *
 * - `cut`: the connection breaks, without a close frame
 * - `truncate`: the rest of the output and the status are lost, the connection closes as if all were well (1000)
 * - `loseStatus`: all output arrives, the status does not, the connection closes with 1000
 * - `stall`: nothing comes any more, not even a pong, until the fault is removed: then the connection breaks
 * - `corrupt`: one bit of the byte at this place is flipped
 * - `garble`: every bit of the `bytes` bytes from this place on is flipped (default 1000), as far as they come in one piece
 * - `overrun`: `bytes` bytes that no command wrote are inserted (default 1)
 * - `unknownChannel`: a frame on a channel that does not exist (default 9)
 * - `delay`: the connection does not open until the fault is removed
 * - `refuse`: the server answers the upgrade with this status
 */
export type ExecFault = FaultTimes & {
  /** Only commands that match; their words are joined by spaces. @default all */
  readonly command?: RegExp;
} & (
    | { readonly fault: 'cut' | 'stall'; readonly afterBytes?: number }
    | { readonly fault: 'truncate' | 'corrupt'; readonly afterBytes: number }
    | { readonly fault: 'garble' | 'overrun'; readonly afterBytes: number; readonly bytes?: number }
    | { readonly fault: 'unknownChannel'; readonly afterBytes?: number; readonly channel?: number }
    | { readonly fault: 'loseStatus' }
    | { readonly fault: 'delay' }
    | { readonly fault: 'refuse'; readonly status: number; readonly message?: string }
  );

/** Which requests of the client a fault is for; absent fields match all. The node's own requests are never matched. */
export interface RequestMatch {
  /** `get`, `list`, `watch`, `create`, `update`, `delete`. */
  readonly verb?: string;
  /** Empty for the core group: `config.openshift.io`. */
  readonly group?: string;
  /** `pods`, `pods/exec`, `leases`, `clusterversions`… */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/**
 * What happens to a request.
 *
 * - `deny`: 403, in the words of RBAC
 * - `status`: this answer instead of the real one, with `retryAfterSeconds` as a header
 * - `reset`: the connection breaks before anything is done
 * - `loseAnswer`: the request is carried out, then the connection breaks
 * - `delay`: nothing is done until the fault is removed
 */
export type ApiFault = FaultTimes &
  RequestMatch &
  (
    | { readonly fault: 'deny' | 'reset' | 'loseAnswer' | 'delay' }
    | {
        readonly fault: 'status';
        readonly status: number;
        readonly reason?: string;
        readonly message?: string;
        readonly retryAfterSeconds?: number;
      }
  );

/** Where the server asks for the faults in force. */
export class Faults {
  readonly execs = new FaultList<ExecFault>();
  readonly api = new FaultList<ApiFault>();
  readonly connections = new FaultList<FaultTimes>();

  /** The fault that is meant for a command. */
  ofCommand(command: readonly string[]): ActiveFault<ExecFault> | undefined {
    const line = command.join(' ');
    return this.execs.find((fault) => fault.command?.test(line) ?? true);
  }

  /** The fault that is meant for a request of the client. */
  ofRequest(request: Required<RequestMatch>): ActiveFault<ApiFault> | undefined {
    return this.api.find((fault) => matches(fault, request));
  }

  /** Whether a request would be denied. */
  denies(request: Required<RequestMatch>): boolean {
    return this.api.find((each) => each.fault === 'deny' && matches(each, request)) !== undefined;
  }

  removeAll(): void {
    for (const list of [this.execs, this.api, this.connections]) list.removeAll();
  }
}

function matches(fault: RequestMatch, request: Required<RequestMatch>): boolean {
  const fields = ['verb', 'group', 'resource', 'namespace', 'name'] as const;
  return fields.every((field) => fault[field] === undefined || fault[field] === request[field]);
}
