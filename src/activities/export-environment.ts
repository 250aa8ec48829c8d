import type { TakeContext } from '../contracts/index.ts';
import { readControlPlaneNodes } from '../openshift/control-plane-nodes.ts';
import { proxyVariables, readProxy } from '../openshift/proxy.ts';
import { copyProxyEnvironment } from '../script/copy-proxy-environment.ts';
import { writeEnvironment } from '../script/write-environment.ts';
import type { StepContext } from './step.ts';

/**
 * Writes the proxy variables into a file of the take, 0600, over stdin. Their values may hold a password: they are read here
 * and go to the node, never into a history; only the names come back. Where the API does not answer, the node's own copy of
 * them is taken, and does not leave it.
 */
export async function exportEnvironmentStep(
  input: TakeContext,
  { resolver, signal }: StepContext,
): Promise<{ readonly variables: readonly string[] }> {
  const { api, node } = resolver.cluster(input.run.cluster);
  if (input.policy.mutex === 'nodeLock') {
    const shell = await node.open(input, signal);
    return { variables: await copyProxyEnvironment(shell, input.take, signal) };
  }
  const [proxy, nodes] = await Promise.all([
    readProxy(api, signal),
    readControlPlaneNodes(api, signal),
  ]);
  const addresses = nodes.find(({ name }) => name === input.take.nodeName)?.addresses ?? [];
  const variables = proxy === undefined ? [] : proxyVariables(proxy, addresses);
  await writeEnvironment(await node.open(input, signal), input.take, variables, signal);
  return { variables: variables.map(([name]) => name) };
}
