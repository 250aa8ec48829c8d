import { type NodeFile, jsonText, publicFile } from '../node/files.ts';

/** Where OpenShift keeps what its static pods mount. */
export const staticPodResources = '/etc/kubernetes/static-pod-resources';

/** Which revision of each static pod runs; the operators' objects say the same. */
export const revisions = {
  etcd: 4,
  'kube-apiserver': 7,
  'kube-controller-manager': 6,
  'kube-scheduler': 6,
} as const;

/** A component of the control plane that runs as a static pod. */
export type Component = keyof typeof revisions;

/** A pod that the kubelet runs from a file, with the directory of its revision. */
export interface StaticPod {
  readonly component: Component;
  readonly containers: readonly object[];
  /** Beyond the two directories that every static pod of OpenShift mounts. */
  readonly volumes?: readonly object[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Below the directory of the revision. */
  readonly revisioned: readonly NodeFile[];
}

/** The directory of the component's running revision. */
export function revisionDirectory(component: Component): string {
  return `${staticPodResources}/${component}-pod-${revisions[component]}`;
}

/** The mounts of those two directories, where OpenShift's containers expect them. */
export const resourceMounts: readonly object[] = [
  { name: 'resource-dir', mountPath: '/etc/kubernetes/static-pod-resources' },
  { name: 'cert-dir', mountPath: '/etc/kubernetes/static-pod-certs' },
];

/** The manifest that runs, its copy in the revision, and the revision's files. */
export function staticPodFiles(pod: StaticPod): readonly NodeFile[] {
  const { component, revisioned } = pod;
  const manifest = jsonText(manifestOf(pod));
  const directory = revisionDirectory(component);
  return [
    publicFile(`/etc/kubernetes/manifests/${component}-pod.yaml`, manifest),
    publicFile(`${directory}/${component}-pod.yaml`, manifest),
    ...revisioned.map((file) => ({ ...file, path: `${directory}${file.path}` })),
  ];
}

function manifestOf({ component, containers, volumes = [], annotations = {} }: StaticPod): object {
  const revision = String(revisions[component]);
  const labels = { app: component, [component]: 'true', 'k8s-app': component, revision };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: component, namespace: `openshift-${component}`, labels, annotations },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 5,
      containers,
      volumes: [
        hostPath('resource-dir', revisionDirectory(component)),
        hostPath('cert-dir', `${staticPodResources}/${component}-certs`),
        ...volumes,
      ],
    },
  };
}

/** A volume that is a directory of the node. */
export function hostPath(name: string, path: string): object {
  return { name, hostPath: { path, type: 'DirectoryOrCreate' } };
}
