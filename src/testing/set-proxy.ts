import type { ClusterObjects, Proxy } from './cluster-objects.ts';
import type { StandInNode } from './stand-in-node.ts';

/** What a cluster-wide proxy is asked for with. */
export type ProxySettings = Pick<Proxy['spec'], 'httpProxy' | 'httpsProxy' | 'noProxy'>;

/** What the operator of networks adds to the exceptions that were asked for. */
const computedExceptions =
  '.cluster.local,.svc,10.0.0.0/16,10.128.0.0/14,127.0.0.1,172.30.0.0/16,localhost';

/** Turns the cluster-wide proxy on: in the Proxy object, and on every node that has a file for it. */
export async function setProxy(
  { proxy }: ClusterObjects,
  nodes: readonly StandInNode[],
  settings: ProxySettings,
): Promise<void> {
  const noProxy = [settings.noProxy, computedExceptions].filter((part) => part !== undefined);
  Object.assign(proxy.spec, settings);
  proxy.status = { ...settings, noProxy: noProxy.join(',') };
  const variables = {
    HTTP_PROXY: proxy.status.httpProxy,
    HTTPS_PROXY: proxy.status.httpsProxy,
    NO_PROXY: proxy.status.noProxy,
  };
  const text = Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
  for (const node of nodes) {
    const { exitCode } = await node.run(['test', '-f', '/etc/mco/proxy.env']);
    if (exitCode === 0) await node.writeFile('/etc/mco/proxy.env', text);
  }
}
