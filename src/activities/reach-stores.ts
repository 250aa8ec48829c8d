import { storesOf } from '../contracts/index.ts';
import type { BackupPolicy, NodeFacts, TakeContext } from '../contracts/index.ts';
import { failureDetails } from '../contracts/failures.ts';
import type { Resolver } from '../config/resolve.ts';
import type { NodeShell } from '../node/node-shell.ts';
import { curlEnding } from '../openshift/call-etcd.ts';
import { takeDirectory } from '../script/take-directory.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { reachStore } from '../transfer/reach-store.ts';
import { exportEnvironmentStep } from './export-environment.ts';
import type { StepContext } from './step.ts';

/** What a node that is to send its files itself was found to reach. */
type Reached = Pick<NodeFacts, 'reachableStores' | 'warnings'>;

/**
 * Finds out which stores the node can send its files to itself, where the policy asks for that; says of each other one why its
 * files go through the worker. Writes the take's environment, as the next step does again. Never a reason to end a run: a store
 * that does not answer its worker either fails where it is needed.
 *
 * @throws `NodeUnreachable`, retryable; what `exportEnvironment` throws
 */
export async function reachStores(
  input: TakeContext,
  shell: NodeShell,
  context: StepContext,
): Promise<Reached> {
  const { policy, take } = input;
  const { resolver, signal } = context;
  if (policy.transfer?.direct !== true) return { warnings: [] };
  const reasons = relayedStores(resolver, policy);
  const asked = storesOf(policy).filter((name) => !reasons.has(name));
  if (asked.length > 0) await exportEnvironmentStep(input, context);
  const { root, environment } = takeDirectory(take);
  const reachable: string[] = [];
  for (const name of asked) {
    const store = resolver.store(name);
    const endpoint = await directEndpoint(store, policy, signal);
    if ('relayed' in endpoint) {
      reasons.set(name, endpoint.relayed);
      continue;
    }
    const exitCode = await reachStore({
      shell,
      endpoint,
      environment,
      takeDirectory: root,
      signal,
    });
    if (exitCode === 0) reachable.push(name);
    else reasons.set(name, `the node does not reach it: ${curlEnding(exitCode)}`);
  }
  return {
    ...(reachable.length === 0 ? {} : { reachableStores: reachable }),
    warnings: relayWarnings(reasons),
  };
}

/** The stores that no node can send to by itself, whatever it reaches, and why; none where the policy does not want it. Asks nobody. */
export function relayedStores(
  resolver: Pick<Resolver, 'store'>,
  policy: BackupPolicy,
): Map<string, string> {
  const reasons = new Map<string, string>();
  if (policy.transfer?.direct !== true) return reasons;
  for (const name of storesOf(policy)) {
    const isSealed = policy.storePolicies?.[name]?.recipients !== undefined;
    const reason = isSealed ? 'its files are sealed on the worker' : unfit(resolver, name);
    if (reason !== undefined) reasons.set(name, reason);
  }
  return reasons;
}

/** One line for each store whose files go through the worker although the policy would have them sent by the node. */
export function relayWarnings(reasons: ReadonlyMap<string, string>): readonly string[] {
  return [...reasons].map(([name, reason]) => `store ${name} is sent to by the worker: ${reason}`);
}

function unfit(resolver: Pick<Resolver, 'store'>, name: string): string | undefined {
  try {
    const store = resolver.store(name);
    const isAble = store.presignPart !== undefined && store.directEndpoint !== undefined;
    return isAble ? undefined : 'it takes no presigned requests';
  } catch (error) {
    return failureDetails(error).observed;
  }
}

/** Where the node is to send, or why it is not to. */
async function directEndpoint(
  store: BackupStore,
  { storePolicies }: BackupPolicy,
  signal: AbortSignal,
): Promise<{ readonly url: string; readonly authorities?: string } | { readonly relayed: string }> {
  try {
    const endpoint = await store.directEndpoint?.(signal);
    // Whoever works with a store on its own queue looks at it; this worker need not have its credentials.
    const isOurs = storePolicies?.[store.name]?.taskQueue === undefined;
    const isAble = !isOurs || (await store.capabilities(signal)).presignPart;
    if (endpoint !== undefined && isAble) return endpoint;
    return { relayed: 'it does not check and list the SHA-256 of parts' };
  } catch (error) {
    signal.throwIfAborted();
    return { relayed: failureDetails(error).observed };
  }
}
