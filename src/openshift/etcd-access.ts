import type { NodeShell } from '../node/node-shell.ts';

/** How etcd's client port is reached from the node: its address, and where the node keeps the client certificate. */
export interface EtcdAccess {
  /** `https://<address>:<port>` of the member behind the node. */
  readonly endpoint: string;
  /** Those of the other members, as far as the node knows them. */
  readonly others: readonly string[];
  /** Absolute paths on the node; the files are read there, by curl, and by nothing of ours. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * Finds, on the node, the way to the member behind it, or says what is missing. Reads names and addresses, never a
 * certificate or a key; changes nothing.
 *
 * From 4.4 on, the operator keeps the certificates below `etcd-certs` and the addresses in `etcd.env`; in 4.3, the vendor's
 * script takes those of the running kube-apiserver and asks 127.0.0.1.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/001702e85201041ec09e7d3ab4d695bfb9df7890/pkg/etcdenvvar/etcd_env.go
 * @see https://github.com/openshift/machine-config-operator/blob/00cf1bcd4875ca18eb852d20f0d28426f8d2b0f3/templates/master/00-master/_base/files/usr-local-bin-openshift-recovery-tools-sh.yaml
 */
export async function findEtcdAccess(
  shell: NodeShell,
  signal: AbortSignal,
): Promise<EtcdAccess | { readonly missing: string }> {
  if (!nodeNamePattern.test(shell.nodeName)) return { missing: 'a node name that can be one' };
  const { stdout } = await shell.run(
    ['sh', '-c', find, 'sh', shell.nodeName, shell.nodeName.replaceAll(/[-.]/g, '_')],
    { signal },
  );
  const answers = new Map(
    stdout
      .toString()
      .split('\n')
      .map((line): [string, string] => {
        const [name = '', ...value] = line.split('=');
        return [name, value.join('=')];
      }),
  );
  if (!answers.has('curl')) return { missing: 'curl' };
  const endpoints = (answers.get('endpoints') ?? '')
    .split(',')
    .filter((endpoint) => clientUrlPattern.test(endpoint));
  const endpoint = ownEndpoint(endpoints, answers.get('address'));
  if (endpoint === undefined) return { missing: 'the address of its etcd member' };
  const path = (name: string): string | undefined => {
    const value = answers.get(name) ?? '';
    return pathPattern.test(value) && !value.includes('..') ? value : undefined;
  };
  const [ca, certificate, key] = [path('ca'), path('certificate'), path('key')];
  if (ca === undefined) return { missing: "the authorities of etcd's certificates" };
  if (certificate === undefined || key === undefined) return { missing: 'a client certificate' };
  const others = endpoints.filter((each) => each !== endpoint);
  return { endpoint, others, ca, certificate, key };
}

/** A client URL of etcd as OpenShift writes them. */
export const clientUrlPattern: RegExp =
  /^https:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):\d{1,5}$/;

const nodeNamePattern = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const pathPattern = /^\/etc\/kubernetes\/[A-Za-z0-9._/-]{1,400}$/;

/** The endpoint at the node's own address; where that is not known, the only one. */
function ownEndpoint(
  endpoints: readonly string[],
  address: string | undefined,
): string | undefined {
  if (address === undefined) return endpoints.length === 1 ? endpoints[0] : undefined;
  const usual = `https://${address}:2379`;
  const own = endpoints.find((endpoint) => endpoint.startsWith(`https://${address}:`)) ?? usual;
  return clientUrlPattern.test(own) ? own : undefined;
}

// The operator's installer has put the node's name into the paths; the older names of both directories are of 4.4 to 4.15.
const find = `
node=$1 variable=$2
resources=/etc/kubernetes/static-pod-resources
certs=$resources/etcd-certs
environment=$certs/configmaps/etcd-scripts/etcd.env
member=/etc/kubernetes/manifests/etcd-member.yaml
first() {
  name=$1
  shift
  for path; do [ -f "$path" ] && { echo "$name=$path"; return; }; done
}
command -v curl > /dev/null && echo curl=yes
if [ -f "$environment" ]; then
  sed -n \\
    -e 's/^export ALL_ETCD_ENDPOINTS="\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/endpoints=\\1/p' \\
    -e "s/^export NODE_\${variable}_IP=\\"\\{0,1\\}\\([^\\"]*\\)\\"\\{0,1\\}\\$/address=\\1/p" \\
    "$environment"
  first ca "$certs/configmaps/etcd-all-bundles/server-ca-bundle.crt" \\
    "$certs/configmaps/etcd-serving-ca/ca-bundle.crt"
  for kind in certificate:crt key:key; do
    file=etcd-peer-$node.\${kind#*:}
    first "\${kind%:*}" "$certs/secrets/etcd-all-certs/$file" "$certs/secrets/etcd-all-peer/$file"
  done
elif [ -f "$member" ]; then
  port=$(sed -n 's/.*--listen-client-urls=https:.*:\\([0-9]\\{1,5\\}\\).*/\\1/p' "$member" | head -n 1)
  echo "endpoints=https://127.0.0.1:\${port:-2379}"
  revision=$(sed -n "s|.*$resources/kube-apiserver-pod-\\([0-9]\\{1,\\}\\).*|\\1|p" \\
    /etc/kubernetes/manifests/kube-apiserver-pod.yaml | head -n 1)
  running=$resources/kube-apiserver-pod-$revision
  first ca "$running/configmaps/etcd-serving-ca/ca-bundle.crt"
  first certificate "$running/secrets/etcd-client/tls.crt"
  first key "$running/secrets/etcd-client/tls.key"
fi
exit 0
`;
