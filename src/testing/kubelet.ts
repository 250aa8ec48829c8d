import type { Node } from './cluster-objects.ts';
import { startContainer } from './container.ts';
import type { RunningContainer } from './container.ts';
import type { NodeMachine } from './node-machine.ts';
import type { Pod, PodStatus } from './pod-schema.ts';
import { endedStatus, runningStatus, waitingStatus } from './pod-status.ts';
import type { PodEnd } from './pod-status.ts';

interface Work {
  /** Settles when the container runs, or could not be started. */
  starting?: Promise<void>;
  container?: RunningContainer;
  deadline?: NodeJS.Timeout;
  /** Why it is being ended; absent while nobody does. */
  end?: PodEnd;
}

/** What the kubelet tells the API server. */
export interface KubeletReports {
  status(pod: Pod, status: PodStatus): void;
  /** No process of a pod that was to be deleted is left. */
  gone(pod: Pod): void;
}

/** Runs the pods of one node: one container each, never restarted. */
export class Kubelet {
  readonly machine: NodeMachine;
  readonly #node: Node;
  readonly #reports: KubeletReports;
  readonly #work = new Map<Pod, Work>();

  constructor(machine: NodeMachine, node: Node, reports: KubeletReports) {
    this.machine = machine;
    this.#node = node;
    this.#reports = reports;
  }

  /** Takes on a pod that is bound to this node; it starts when the node is up. */
  async adopt(pod: Pod): Promise<void> {
    const work: Work = {};
    this.#work.set(pod, work);
    if (!this.machine.isUp) return;
    work.starting = this.#start(pod);
    await work.starting;
  }

  /** The pod's container, while it runs. */
  container(pod: Pod): RunningContainer | undefined {
    return pod.status.phase === 'Running' ? this.#work.get(pod)?.container : undefined;
  }

  /**
   * Ends the pod that is being deleted: SIGTERM, after the grace SIGKILL. On a node that is down it waits until the node
   * is up again.
   */
  async remove(pod: Pod, graceSeconds: number): Promise<void> {
    if (!this.machine.isUp) return;
    const work = this.#work.get(pod);
    await work?.starting;
    const container = work?.container;
    if (container) {
      const killing = setTimeout(() => void container.kill(), graceSeconds * 1000);
      await container.terminate();
      await container.exited;
      clearTimeout(killing);
      if (!this.machine.isUp) return;
    }
    this.#forget(pod);
    this.#reports.gone(pod);
  }

  /** Kills the pod's processes at once; the pod has failed because of `end` when this resolves. */
  async end(pod: Pod, end: PodEnd): Promise<void> {
    const work = this.#work.get(pod);
    if (!work) throw new Error(`pod ${pod.metadata.name} does not run on ${this.machine.name}`);
    work.end = end;
    await work.container?.kill();
    await work.container?.exited;
    // The report of the command's end comes first when there was one to kill.
    if (pod.status.reason !== end) this.#reports.status(pod, endedStatus(pod, 137, end));
    clearTimeout(work.deadline);
  }

  /** After the node came up again: what ran before has failed, what waited starts, what was deleted is gone. */
  async recover(): Promise<void> {
    for (const [pod, work] of this.#work) {
      if (pod.metadata.deletionTimestamp !== undefined) {
        this.#forget(pod);
        this.#reports.gone(pod);
      } else if (pod.status.phase === 'Running') {
        this.#reports.status(pod, endedStatus(pod, 255));
      } else if (pod.status.phase === 'Pending') {
        work.starting = this.#start(pod);
        await work.starting;
      }
    }
  }

  #forget(pod: Pod): void {
    clearTimeout(this.#work.get(pod)?.deadline);
    this.#work.delete(pod);
  }

  async #start(pod: Pod): Promise<void> {
    const images = new Set(this.#node.status.images.flatMap(({ names }) => names));
    const missing = pod.spec.containers.find(({ image }) => !images.has(image));
    if (missing) {
      const message = `Back-off pulling image "${missing.image}"`;
      this.#reports.status(pod, waitingStatus(pod, 'ImagePullBackOff', message));
      return;
    }
    this.#reports.status(pod, waitingStatus(pod, 'ContainerCreating'));
    try {
      await this.#run(pod);
    } catch (error) {
      // As on a real node, where the reason is in an event only.
      const message = error instanceof Error ? error.message : String(error);
      this.#reports.status(pod, waitingStatus(pod, 'ContainerCreating', message));
    }
  }

  async #run(pod: Pod): Promise<void> {
    const container = await startContainer(this.machine, pod.spec, this.machine.name);
    const work = this.#work.get(pod);
    if (!work || work.end !== undefined) {
      await container.kill();
      return;
    }
    work.container = container;
    this.#reports.status(pod, runningStatus(pod));
    const { activeDeadlineSeconds } = pod.spec;
    if (activeDeadlineSeconds !== undefined) {
      const expire = () => void this.end(pod, 'DeadlineExceeded');
      work.deadline = setTimeout(expire, Math.min(activeDeadlineSeconds * 1000, 2 ** 31 - 1));
      work.deadline.unref();
    }
    void this.#follow(pod, container);
  }

  async #follow(pod: Pod, container: RunningContainer): Promise<void> {
    const exitCode = await container.exited;
    const work = this.#work.get(pod);
    // A node that is down reports nothing.
    if (!work || !this.machine.isUp) return;
    clearTimeout(work.deadline);
    this.#reports.status(pod, endedStatus(pod, exitCode, work.end));
  }
}
