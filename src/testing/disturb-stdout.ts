import type { ActiveFault } from './fault-list.ts';
import type { ExecFault } from './faults.ts';

/** What becomes of a piece of stdout. */
export type StdoutAction =
  | { readonly do: 'send'; readonly channel: number; readonly bytes: Buffer }
  | { readonly do: 'cut' | 'close' | 'stall' };

const stdout = 1;

/**
 * Makes what turns the stdout of one command, piece by piece, into what its connection does.
 *
 * Give it an empty piece first: a fault after no byte at all strikes there.
 */
export function disturb(
  active: ActiveFault<ExecFault> | undefined,
): (chunk: Buffer) => readonly StdoutAction[] {
  const fault = active?.fault;
  if (
    !fault ||
    fault.fault === 'delay' ||
    fault.fault === 'refuse' ||
    fault.fault === 'loseStatus'
  ) {
    return (chunk) => [send(chunk)];
  }
  // To change a byte it must be there; everything else strikes as soon as the bytes before it are.
  const needed = fault.fault === 'corrupt' || fault.fault === 'garble' ? 1 : 0;
  let [seen, isDone] = [0, false];
  return (chunk) => {
    const place = (fault.afterBytes ?? 0) - seen;
    seen += chunk.length;
    if (isDone || place + needed > chunk.length) return [send(chunk)];
    isDone = true;
    if (!active.strike()) return [send(chunk)];
    const before = chunk.subarray(0, place);
    return [...(place > 0 ? [send(before)] : []), ...strike(fault, chunk.subarray(place))];
  };
}

function strike(fault: ExecFault, rest: Buffer): readonly StdoutAction[] {
  const remaining = rest.length > 0 ? [send(rest)] : [];
  switch (fault.fault) {
    case 'cut':
    case 'stall':
      return [{ do: fault.fault }];
    case 'truncate':
      return [{ do: 'close' }];
    case 'corrupt': {
      const corrupted = Buffer.from(rest);
      corrupted.writeUInt8(corrupted.readUInt8(0) ^ 1, 0);
      return [send(corrupted)];
    }
    case 'garble': {
      const garbled = Buffer.from(rest);
      const end = Math.min(rest.length, fault.bytes ?? 1000);
      for (let at = 0; at < end; at += 1) garbled[at] = ~rest.readUInt8(at);
      return [send(garbled)];
    }
    case 'overrun':
      return [send(Buffer.alloc(fault.bytes ?? 1, '!')), ...remaining];
    case 'unknownChannel':
      return [send(Buffer.from('?'), fault.channel ?? 9), ...remaining];
    default:
      return remaining;
  }
}

function send(bytes: Buffer, channel = stdout): StdoutAction {
  return { do: 'send', channel, bytes };
}
