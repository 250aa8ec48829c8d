/** A real server or tool that `npm run setup` provides. */
export type ToolName =
  | 'temporal'
  | 'etcd'
  | 'etcdctl'
  | 'etcdutl'
  | 'kube-apiserver'
  | 'kubelet'
  | 'kubectl'
  | 'versitygw'
  | 'age'
  | 'rclone';

/** Where tools are kept between runs, for this user. It need not exist yet. */
export declare function cacheDirectory(): string;

/**
 * The absolute path of an installed tool: the one that setup built, or the suitable one it found on PATH.
 *
 * Looks at files only, runs nothing. Throws when the tool is not there, and says which setup brings it.
 */
export declare function toolPath(name: ToolName): string;

/**
 * The directory of OpenShift's own CRDs: every `*.crd.yaml` of config.openshift.io/v1 and
 * operator.openshift.io/v1, side by side, under the names they have in the module.
 *
 * Throws when they are not there, and says which setup brings them.
 *
 * @see https://github.com/openshift/api/tree/926605d3338b/config/v1/zz_generated.crd-manifests
 */
export declare function openshiftCrdDirectory(): string;
