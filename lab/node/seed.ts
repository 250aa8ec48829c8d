import { etcdSharedFiles, etcdStaticPod } from '../cluster/etcd.ts';
import { kubeApiServerSharedFiles, kubeApiServerStaticPod } from '../cluster/kube-apiserver.ts';
import type { Pki } from '../cluster/pki.ts';
import {
  kubeControllerManagerPlaceholder,
  kubeSchedulerPlaceholder,
} from '../cluster/placeholders.ts';
import { staticPodFiles } from '../cluster/static-pod.ts';
import type { NodeImages } from '../images/node-images.ts';
import { statePath } from '../place.ts';
import { containerdFiles } from './containerd.ts';
import { writeNodeFiles } from './files.ts';
import { kubeletFiles } from './kubelet.ts';
import { systemFiles } from './system-files.ts';

/** Writes every file that the node has from the start to where its first process takes them. */
export function writeSeed(pki: Pki, images: NodeImages): void {
  const pause = images.pause.reference;
  const etcd = images.etcd.reference;
  const staticPods = [
    etcdStaticPod(etcd, pki),
    kubeApiServerStaticPod(images.kubeApiServer.reference, pki),
    kubeControllerManagerPlaceholder(pause, pki),
    kubeSchedulerPlaceholder(pause),
  ];
  writeNodeFiles(statePath('seed'), [
    ...systemFiles(),
    ...containerdFiles(pause),
    ...kubeletFiles({
      apiServerCa: pki.apiServerSigner.cert,
      clientCa: pki.csrSigner.cert,
      client: pki.kubelet,
      serving: pki.kubeletServing,
    }),
    ...etcdSharedFiles(etcd, pki),
    ...kubeApiServerSharedFiles(pki),
    ...staticPods.flatMap(staticPodFiles),
  ]);
}
