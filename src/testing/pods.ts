import { randomBytes } from 'node:crypto';

import type { ClusterObjects } from './cluster-objects.ts';
import type { RunningContainer } from './container.ts';
import type { Kubelet, KubeletReports } from './kubelet.ts';
import { kubeTime, newMeta } from './object-meta.ts';
import type { ResourceVersions } from './object-meta.ts';
import { nameProblem } from './object-names.ts';
import type { DeleteOptions } from './object-names.ts';
import { podBody } from './pod-schema.ts';
import type { Pod, PodBody } from './pod-schema.ts';
import { pendingStatus } from './pod-status.ts';
import { checkPreconditions } from './preconditions.ts';
import { alreadyExists, badRequest, invalid, notFound } from './status-error.ts';
import type { ResourceName } from './status-error.ts';
import { Watchers } from './watchers.ts';

/** The pods of the cluster: what the API server keeps, and the kubelets that run them. */
export class Pods implements KubeletReports {
  readonly watchers = new Watchers<Pod>();
  readonly #objects: ClusterObjects;
  readonly #versions: ResourceVersions;
  readonly #kubelets = new Map<string, Kubelet>();

  constructor(objects: ClusterObjects, versions: ResourceVersions) {
    this.#objects = objects;
    this.#versions = versions;
  }

  /** From now on this kubelet runs the pods that name its node. */
  register(kubelet: Kubelet): void {
    this.#kubelets.set(kubelet.machine.name, kubelet);
  }

  find(namespace: string, name: string): Pod {
    const found = this.#find(namespace, name);
    if (!found) throw notFound(podName(name));
    return found;
  }

  /** Accepts a pod; it starts a moment later. */
  create(namespace: string, body: unknown): Pod {
    const { metadata, spec } = validPod(body, namespace);
    const { name = `${metadata.generateName ?? ''}${randomBytes(3).toString('hex').slice(1)}` } =
      metadata;
    const problem = nameProblem(name, metadata.labels);
    if (problem !== undefined) throw invalid('Pod', podName(name), problem);
    if (this.#find(namespace, name)) throw alreadyExists(podName(name));
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: newMeta(this.#versions, { ...described(metadata), name, namespace }),
      spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
      status: pendingStatus(spec.nodeName),
    };
    this.#objects.pods.push(pod);
    this.watchers.tell('ADDED', pod);
    const accepted = structuredClone(pod);
    void this.#kubelet(pod)?.adopt(pod);
    return accepted;
  }

  /** Begins a pod's deletion, or hastens it. With a grace of 0 the object goes at once, its processes a moment later. */
  delete(namespace: string, name: string, options: DeleteOptions): Pod {
    const pod = this.find(namespace, name);
    checkPreconditions(podName(name), pod, options);
    const grace = options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    const { metadata } = pod;
    if (metadata.deletionTimestamp === undefined || grace < graceOf(pod)) {
      metadata.deletionTimestamp = kubeTime(new Date(Date.now() + grace * 1000));
      metadata.deletionGracePeriodSeconds = grace;
      this.#touch(pod);
      const kubelet = this.#kubelet(pod);
      if (grace === 0 || !kubelet) this.gone(pod);
      void kubelet?.remove(pod, grace);
    }
    return structuredClone(pod);
  }

  /** The container that commands are executed in, while it runs. */
  container(pod: Pod): RunningContainer | undefined {
    return this.#kubelet(pod)?.container(pod);
  }

  /** The kubelet of the pod's node; undefined for a pod without a node, or a node that does not exist. */
  kubeletOf(pod: Pod): Kubelet | undefined {
    return this.#kubelet(pod);
  }

  status(pod: Pod, status: Pod['status']): void {
    pod.status = status;
    this.#touch(pod);
  }

  gone(pod: Pod): void {
    const index = this.#objects.pods.indexOf(pod);
    if (index === -1) return;
    this.#objects.pods.splice(index, 1);
    pod.metadata.resourceVersion = this.#versions.next();
    this.watchers.tell('DELETED', pod);
  }

  #touch(pod: Pod): void {
    // A pod whose object is gone has nothing to report to.
    if (!this.#objects.pods.includes(pod)) return;
    pod.metadata.resourceVersion = this.#versions.next();
    this.watchers.tell('MODIFIED', pod);
  }

  #kubelet(pod: Pod): Kubelet | undefined {
    return pod.spec.nodeName === undefined ? undefined : this.#kubelets.get(pod.spec.nodeName);
  }

  #find(namespace: string, name: string): Pod | undefined {
    return this.#objects.pods.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
  }
}

function validPod(body: unknown, namespace: string): PodBody {
  const parsed = podBody.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badRequest(
      `Pod in version "v1" cannot be handled as a Pod: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const { metadata, spec } = parsed.data;
  const name = metadata.name ?? metadata.generateName ?? '';
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (name === '') {
    throw invalid(
      'Pod',
      podName(''),
      'metadata.name: Required value: name or generateName is required',
    );
  }
  if (spec.containers.length > 1) {
    throw invalid(
      'Pod',
      podName(name),
      'spec.containers: the stand-in cluster runs one container per pod',
    );
  }
  return parsed.data;
}

// What the server keeps of the metadata that a client sends.
function described({ labels, annotations, generateName }: PodBody['metadata']): object {
  return {
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(generateName !== undefined && { generateName }),
  };
}

function podName(name: string): ResourceName {
  return { group: '', resource: 'pods', name };
}

function graceOf(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY;
}
