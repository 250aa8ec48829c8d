import { hasEnded } from '../kubernetes/pod.ts';
import type { Pod } from '../kubernetes/pod.ts';

/** Where a debug pod is in its life; `reason` is the kubelet's word, never its message. */
export type PodState =
  | { readonly kind: 'running' }
  | { readonly kind: 'starting' | 'stuck' | 'ended' | 'ending'; readonly reason: string };

/** Judges what the API shows of a debug pod. Pure. */
export function podState(pod: Pod): PodState {
  const { phase = 'Pending', reason, containerStatuses } = pod.status;
  const container = containerStatuses?.[0];
  const waiting = container?.state?.waiting?.reason;
  // A message may quote a registry's or proxy's URL with its password; a reason is one word.
  const word = [reason, waiting, container?.state?.terminated?.reason, phase].find(isWord) ?? '';
  if (pod.metadata.deletionTimestamp != null) return { kind: 'ending', reason: 'Terminating' };
  if (hasEnded(pod)) return { kind: 'ended', reason: word };
  if (phase === 'Failed' || phase === 'Succeeded') return { kind: 'ending', reason: word };
  if (phase === 'Running' && container?.ready === true) return { kind: 'running' };
  if (waiting !== undefined && !onItsWay.has(waiting)) return { kind: 'stuck', reason: word };
  return { kind: 'starting', reason: word };
}

/** A first failed pull is tried again by the kubelet; then it says `ImagePullBackOff`. */
const onItsWay: ReadonlySet<string> = new Set([
  'ContainerCreating',
  'PodInitializing',
  'ErrImagePull',
]);

function isWord(reason: string | undefined): boolean {
  return reason !== undefined && /^[A-Za-z]{1,64}$/.test(reason);
}
