import { z } from 'zod';

import type { KeyGeneration } from '../contracts/index.ts';
import { failure, failureType } from '../contracts/failures.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import type { NodeShell } from '../node/node-shell.ts';

/**
 * Reads which generation of keys encrypts etcd's values, by what may be known: the revisions of kube-apiserver from the API,
 * and on the node the names of the keys and the digest of the encryption config of the revision that runs there. A key never
 * leaves the node, and never a file on it. Reads only; safe to repeat.
 *
 * Without the API, or where it refuses, `revisions` is absent. A config that is not there has no names and no digest.
 *
 * @throws `NodeUnreachable`, retryable, when the node cannot be read
 * @see https://github.com/openshift/enhancements/blob/c463b69ad4f01c67e99af307bd59f823ccdec318/enhancements/kube-apiserver/encrypting-data-at-datastore-layer.md
 */
export async function readKeyGeneration(
  api: ClusterApi | undefined,
  shell: NodeShell,
  nodeName: string,
  signal: AbortSignal,
): Promise<KeyGeneration> {
  const [revisions, config] = await Promise.all([
    api === undefined ? undefined : readRevisions(api, signal),
    readEncryptionConfig(shell, nodeName, signal),
  ]);
  return { ...(revisions === undefined ? {} : { revisions }), ...config };
}

/** What differs between the two, in words; `undefined` where they are the same generation. What is known of one only, says nothing. */
export function keyChange(before: KeyGeneration, after: KeyGeneration): string | undefined {
  const differences = [
    revisionChange(before, after),
    before.configSha256 === after.configSha256 ? undefined : configChange(before, after),
  ].filter((difference) => difference !== undefined);
  return differences.length === 0 ? undefined : differences.join('; ');
}

function revisionChange(
  { revisions: before }: KeyGeneration,
  { revisions: after }: KeyGeneration,
): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  if (before.latest !== after.latest) {
    return `kube-apiserver went from revision ${before.latest} to ${after.latest}`;
  }
  const nodes = new Set([...Object.keys(before.running), ...Object.keys(after.running)]);
  const moved = [...nodes].find((node) => before.running[node] !== after.running[node]);
  return moved === undefined
    ? undefined
    : `kube-apiserver on ${moved} went from revision ${before.running[moved]} to ${after.running[moved]}`;
}

function configChange(before: KeyGeneration, after: KeyGeneration): string {
  const names = ({ keyNames = [] }: KeyGeneration): string => keyNames.join(', ') || 'none';
  return names(before) === names(after)
    ? 'the encryption config changed, with keys of the same names'
    : `the keys of the encryption config were ${names(before)}, now ${names(after)}`;
}

const kubeApiServer = z.object({
  status: z.object({
    latestAvailableRevision: z.int(),
    nodeStatuses: z
      .array(z.object({ nodeName: z.string(), currentRevision: z.int().default(0) }))
      .default([]),
  }),
});

async function readRevisions(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<KeyGeneration['revisions']> {
  const ref = {
    group: 'operator.openshift.io',
    version: 'v1',
    plural: 'kubeapiservers',
    name: 'cluster',
  };
  try {
    const found = kubeApiServer.safeParse(await api.readObject(ref, signal)).data;
    if (found === undefined) return undefined;
    const { latestAvailableRevision, nodeStatuses } = found.status;
    return {
      latest: latestAvailableRevision,
      running: Object.fromEntries(
        nodeStatuses.map(({ nodeName, currentRevision }) => [nodeName, currentRevision]),
      ),
    };
  } catch (error) {
    if (unanswered.has(failureType(error))) return undefined;
    throw error;
  }
}

const unanswered = new Set<unknown>(['ClusterDenied', 'ClusterUnreachable']);

async function readEncryptionConfig(
  shell: NodeShell,
  nodeName: string,
  signal: AbortSignal,
): Promise<Pick<KeyGeneration, 'keyNames' | 'configSha256'>> {
  const { exitCode, stdout } = await shell.run(['sh', '-c', read], { signal });
  const [sha256 = '', ...names] = stdout.toString().split('\n');
  if (exitCode !== 0 || !(sha256 === 'none' || /^[0-9a-f]{64}$/.test(sha256))) {
    throw failure('NodeUnreachable', {
      observed: 'the encryption config of the running kube-apiserver could not be read',
      where: { node: nodeName },
    });
  }
  if (sha256 === 'none') return {};
  const keyNames = [...new Set(names.filter((name) => /^[A-Za-z0-9._-]{1,64}$/.test(name)))];
  return { keyNames, configSha256: sha256 };
}

/*
 * JSON or YAML, the config is cut at every mark of JSON, and of what is then a line only the value of `name` is printed: a
 * secret stands after `secret`, so no line with one can match. The running revision is the one in the manifest that the
 * kubelet runs, as the vendor's script reads it.
 * @see https://github.com/openshift/cluster-etcd-operator/blob/release-4.16/bindata/etcd/cluster-backup.sh
 */
const read = `
resources=/etc/kubernetes/static-pod-resources
revision=$(sed -n "s|.*$resources/kube-apiserver-pod-\\([0-9]\\{1,\\}\\).*|\\1|p" \\
  /etc/kubernetes/manifests/kube-apiserver-pod.yaml 2> /dev/null | head -n 1)
config=$resources/kube-apiserver-pod-$revision/secrets/encryption-config/encryption-config
[ -n "$revision" ] && [ -f "$config" ] || { echo none; exit 0; }
sha256sum < "$config" | cut -c 1-64
tr ',{}[]' '\\n\\n\\n\\n\\n' < "$config" | sed -n \\
  's/^[[:space:]-]*"\\{0,1\\}name"\\{0,1\\}[[:space:]]*:[[:space:]]*"\\{0,1\\}\\([A-Za-z0-9._-]\\{1,64\\}\\)"\\{0,1\\}[[:space:]]*$/\\1/p'
`;
