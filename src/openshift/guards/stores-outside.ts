import { BlockList, isIP } from 'node:net';

import { storesOf } from '../../contracts/policy.ts';
import type { ObservedCluster } from '../observed-cluster.ts';
import { notEvaluated, passed, refused } from './guard.ts';
import type { Guard, GuardSettings, StoreEndpoint } from './guard.ts';

/**
 * No store is inside the cluster that it shall help to restore. A directory of the worker's own counts as outside but where the
 * worker is a node of the cluster, or a pod of it, whose volumes may be anywhere.
 */
export const storesOutside: Guard = ({ observed, settings, stores }) => {
  const verdicts = storesOf(settings).map((name) => {
    const endpoint = stores[name]?.endpoint;
    return endpoint === undefined ? judgeWorker(name, settings) : judge(name, endpoint, observed);
  });
  const say = (outcome: string): string =>
    verdicts
      .filter((verdict) => verdict.outcome === outcome)
      .map(({ evidence }) => evidence)
      .join('; ');
  if (say('refused') !== '') return refused(say('refused'));
  return say('notEvaluated') === '' ? passed(say('passed')) : notEvaluated(say('notEvaluated'));
};

interface Verdict {
  readonly outcome: 'passed' | 'refused' | 'notEvaluated';
  readonly evidence: string;
}

function judgeWorker(store: string, { access, kubeconfig }: GuardSettings): Verdict {
  const evidence = `${store} is on the worker itself`;
  if (access === 'local') {
    const why =
      'which is the control plane node: the backup would lie on the disk whose loss it is for';
    return { outcome: 'refused', evidence: `${evidence}, ${why}` };
  }
  if (kubeconfig !== undefined && 'inCluster' in kubeconfig) {
    const why = 'a pod of this very cluster: where its volume is cannot be known';
    return { outcome: 'notEvaluated', evidence: `${evidence}, ${why}` };
  }
  return { outcome: 'passed', evidence };
}

function judge(store: string, endpoint: StoreEndpoint, observed: ObservedCluster): Verdict {
  const { host, addresses } = endpoint;
  const domain = domainsOf(observed).find(({ name }) => isBelow(host, name));
  if (domain !== undefined) {
    return {
      outcome: 'refused',
      evidence: `${store}: ${host} is below ${domain.what} ${domain.name}`,
    };
  }
  const networks = networksOf(observed);
  for (const address of addresses) {
    const network = networks.find(({ cidr }) => contains(cidr, address));
    if (network !== undefined) {
      const at = address === host ? address : `${host} (${address})`;
      return {
        outcome: 'refused',
        evidence: `${store}: ${at} is in ${network.what} ${network.cidr}`,
      };
    }
  }
  const unknown = addresses.length === 0 ? 'no address is known of it' : missing(observed);
  return unknown === undefined
    ? { outcome: 'passed', evidence: `${store}: ${host} is outside${unnamed(observed)}` }
    : { outcome: 'notEvaluated', evidence: `${store}: ${host}, ${unknown}` };
}

function unnamed({ infrastructure }: ObservedCluster): string {
  return infrastructure.machineNetworks.length > 0
    ? ''
    : " as far as the nodes' own addresses tell: the cluster does not tell its machine networks";
}

function domainsOf(observed: ObservedCluster): readonly { what: string; name: string }[] {
  const { ingressDomain, baseDomain } = observed;
  return [
    { what: 'the domain of services', name: 'svc' },
    { what: 'the domain of services', name: 'svc.cluster.local' },
    ...(ingressDomain === undefined
      ? []
      : [{ what: "the cluster's ingress domain", name: ingressDomain }]),
    ...(baseDomain === undefined ? [] : [{ what: "the cluster's base domain", name: baseDomain }]),
  ];
}

function isBelow(host: string, domain: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === domain.toLowerCase() || name.endsWith(`.${domain.toLowerCase()}`);
}

// Not every platform tells the networks of its machines; the control plane's own addresses are always known.
function networksOf(observed: ObservedCluster): readonly { what: string; cidr: string }[] {
  const { networks, infrastructure, nodes } = observed;
  const named = (what: string, cidrs: readonly string[]): { what: string; cidr: string }[] =>
    cidrs.map((cidr) => ({ what, cidr }));
  return [
    ...named('the machine network', infrastructure.machineNetworks),
    ...named('the pod network', networks?.pods ?? []),
    ...named('the service network', networks?.services ?? []),
    ...nodes.flatMap(({ name, addresses }) => named(`the addresses of node ${name}:`, addresses)),
  ];
}

function contains(cidr: string, address: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(address) === 0) return false;
  const list = new BlockList();
  list.addSubnet(
    network,
    prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix),
    family,
  );
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function missing({ networks, ingressDomain, baseDomain }: ObservedCluster): string | undefined {
  if (networks === undefined) return 'and the cluster does not tell its networks';
  if (baseDomain === undefined && ingressDomain === undefined) {
    return 'and the cluster does not tell its domains';
  }
  return undefined;
}
