import type { FailureType } from '../contracts/failures.ts';

/** What a person or the workflow does about a script that did not succeed. */
export type ScriptVerdict =
  /** Some minutes (`retryLater`) or another node (`otherNode`) mend it. */
  | { readonly advice: 'retryLater' | 'otherNode' }
  /** Somebody must look. */
  | { readonly type: FailureType; readonly nextStep?: string };

/** One way in which a script ends without success; all conditions that are there must hold. */
export interface ScriptCause {
  /** Each fits some line of the output. */
  readonly lines: readonly RegExp[];
  /** Fits no line of the output. */
  readonly without?: RegExp;
  /** One of these. */
  readonly exitCodes?: readonly number[];
  /** Our own words: those of the output may hold a password. */
  readonly observed: string;
  /** Whether a proxy was set belongs to what was observed. */
  readonly isDownload?: true;
  readonly verdict: ScriptVerdict;
}

/** The script has etcdctl: what fails after this line is not its download. */
const inHand = /^etcdctl version:/;

/**
 * Every cause that is known, by exit code and by lines of the vendor's scripts, of curl and of etcdctl; the first that fits
 * is the one. `docs/failures.md` tells the failures.
 *
 * @see https://github.com/openshift/cluster-etcd-operator/blob/28fcb04375c140ad0541a2b51c5ce753b1b7e0d5/bindata/etcd/cluster-backup.sh
 * @see https://github.com/openshift/machine-config-operator/blob/00cf1bcd4875ca18eb852d20f0d28426f8d2b0f3/templates/master/00-master/_base/files/usr-local-bin-openshift-recovery-tools-sh.yaml
 * @see https://github.com/etcd-io/etcd/blob/v3.3.22/etcdctl/ctlv3/command/error.go
 * @see https://github.com/etcd-io/etcd/blob/v3.3.22/etcdctl/ctlv3/command/snapshot_command.go
 * @see https://curl.se/libcurl/c/libcurl-errors.html
 */
export const scriptCauses: readonly ScriptCause[] = [
  {
    lines: [/no space left on device|disk quota exceeded/i],
    observed: 'the file system of the backup directory filled up while the script ran',
    verdict: { type: 'NodeDiskFull' },
  },
  {
    lines: [/read-only file system/i],
    observed: 'the file system of the backup directory is read-only',
    verdict: { advice: 'otherNode' },
  },

  // What cluster-backup.sh says of the control plane.
  {
    lines: [/operator is progressing/],
    observed: 'a rollout is in progress: a control plane operator is progressing',
    verdict: { advice: 'retryLater' },
  },
  {
    lines: [/error finding static-pod-resources for the/],
    observed: 'the static pods of the node are being replaced',
    verdict: { advice: 'retryLater' },
  },
  {
    lines: [/Could not find the status of the/],
    observed: 'the API server on this node does not answer',
    verdict: { advice: 'otherNode' },
  },
  {
    lines: [/Valid kubeconfig is not found/],
    observed: 'the node has no kubeconfig of its API server',
    verdict: { advice: 'otherNode' },
  },
  {
    lines: [/required dependencies not found|etcd-scripts\/\S+: No such file/],
    observed: 'the node runs no etcd static pod',
    verdict: { advice: 'otherNode' },
  },
  {
    lines: [/error finding (manifests|static-pod-resource)/],
    observed: 'the node lacks the static pods of a control plane node',
    verdict: { advice: 'otherNode' },
  },
  {
    lines: [/Backup integrity verification failed/],
    observed: "etcd's own check refused the snapshot",
    verdict: { type: 'VerificationFailed' },
  },
  {
    lines: [/is also missing in the second directory/],
    observed: 'the etcd client certificates are not where the script looks',
    verdict: {
      type: 'ScriptFailed',
      nextStep:
        'Compare the certificates under /etc/kubernetes/static-pod-resources with etcd.env.',
    },
  },
  {
    lines: [/backup failed: client certs not found/],
    observed: 'no kube-apiserver static pod of the node has an etcd client certificate',
    verdict: { advice: 'otherNode' },
  },

  // Where etcdctl comes from.
  {
    lines: [/Could neither pull etcdctl nor find it locally/],
    observed: 'the script could not get etcdctl from the etcd image',
    verdict: {
      type: 'ScriptFailed',
      nextStep: 'Check registry, pull secret and proxy of the node.',
    },
  },
  {
    lines: [
      /unable to pull|error pulling image|initializing source docker|pinging (docker|container) registry/i,
    ],
    without: inHand,
    observed: 'the script could not pull the etcd image, from which it takes etcdctl',
    verdict: {
      type: 'ScriptFailed',
      nextStep: 'Check registry, pull secret and proxy of the node.',
    },
  },
  ...downloads(),

  // What etcdctl says, and its exit codes: 2 and 5 while it talks to the member, 6 and 128 while it writes.
  {
    lines: [inHand, /x509: |tls: |authentication handshake failed/i],
    observed: 'etcd and etcdctl did not agree on a certificate',
    verdict: {
      type: 'ScriptFailed',
      nextStep:
        'Compare the etcd client certificate under /etc/kubernetes/static-pod-resources on the node, and its validity, with the certificate authority of etcd.',
    },
  },
  {
    lines: [inHand, /connection refused|no route to host/i],
    exitCodes: [1, 2, 5],
    observed: 'no etcd member answers on this node',
    verdict: { advice: 'otherNode' },
  },
  {
    lines: [inHand],
    exitCodes: [2, 5],
    observed: 'the member on this node broke the snapshot off',
    verdict: { advice: 'otherNode' },
  },
  {
    lines: [inHand],
    exitCodes: [6, 128],
    observed: 'etcdctl could not write the snapshot into the backup directory',
    verdict: { advice: 'otherNode' },
  },
];

/** The first scripts of 4.3 and their curl, which is silent: its exit code says why. */
function downloads(): readonly ScriptCause[] {
  const whys: readonly (readonly [why: string, ...exitCodes: readonly number[]])[] = [
    ['the name of the proxy could not be resolved', 5],
    ['its name could not be resolved', 6],
    ['the connection was refused', 7],
    ['no answer came in time', 28],
    ['the proxy did not let it through', 56, 97],
    ['TLS failed', 35, 60, 77],
    ['what came was not the archive, perhaps the page of a proxy', 2],
  ];
  return whys.map(([why, ...exitCodes]) => ({
    lines: [/^Downloading etcdctl binary/],
    without: inHand,
    exitCodes,
    observed: `the script could not download etcdctl from storage.googleapis.com: ${why}`,
    verdict: {
      type: 'ScriptFailed',
      nextStep:
        'Let the node reach storage.googleapis.com, directly or through the cluster-wide proxy (`oc get proxy cluster -o yaml`), or update to a release whose script takes etcdctl from the etcd image.',
    },
    isDownload: true,
  }));
}
