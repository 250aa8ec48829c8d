import { passed, refused } from './guard.ts';
import type { Guard } from './guard.ts';

const most = 3;

/** No certificate request of a node waits for approval: a backup would hold certificates that are about to expire. */
export const certificateRequests: Guard = ({ observed }) => {
  const pending = observed.pendingNodeRequests;
  if (pending.length === 0) return passed('no certificate request of a node is pending');
  const names = pending.slice(0, most).join(', ');
  const others = pending.length > most ? ` and ${pending.length - most} more` : '';
  return refused(`pending certificate requests of nodes: ${names}${others}`);
};
