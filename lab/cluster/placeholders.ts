import { jsonText, publicFile } from '../node/files.ts';
import type { Pki } from './pki.ts';
import { type StaticPod, resourceMounts } from './static-pod.ts';

const annotations = { 'temporal-etcd-backup.lab/placeholder': 'this pod only sleeps' };

/**
 * Stands where the controller manager does, with the key it would hold, and only sleeps: the lab has no
 * controllers. A namespace's default service account, for one, appears only where the lab makes it.
 */
export function kubeControllerManagerPlaceholder(pauseImage: string, pki: Pki): StaticPod {
  const key = { path: '/secrets/service-account-private-key/service-account.key' };
  return {
    component: 'kube-controller-manager',
    containers: [sleeper('kube-controller-manager', pauseImage)],
    annotations,
    revisioned: [
      publicFile('/configmaps/config/config.yaml', jsonText({ extendedArguments: {} })),
      publicFile('/configmaps/serviceaccount-ca/ca-bundle.crt', pki.apiServerSigner.cert),
      { ...key, content: pki.serviceAccount.key },
    ],
  };
}

/** Stands where the scheduler does, and only sleeps: a pod of the lab names its node itself. */
export function kubeSchedulerPlaceholder(pauseImage: string): StaticPod {
  return {
    component: 'kube-scheduler',
    containers: [sleeper('kube-scheduler', pauseImage)],
    annotations,
    revisioned: [publicFile('/configmaps/config/config.yaml', jsonText({ profiles: [] }))],
  };
}

function sleeper(name: string, image: string): object {
  return { name, image, imagePullPolicy: 'IfNotPresent', volumeMounts: resourceMounts };
}
