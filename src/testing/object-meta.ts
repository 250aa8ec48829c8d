import { randomUUID } from 'node:crypto';

import type { ObjectMeta } from './cluster-objects.ts';

/** Hands out resource versions: one rising count for the whole cluster, as etcd's revision is. */
export class ResourceVersions {
  #last = 4_200_000;

  get current(): string {
    return String(this.#last);
  }

  next(): string {
    this.#last += 1;
    return this.current;
  }
}

/** The metadata of a new object. */
export function newMeta(
  versions: ResourceVersions,
  wanted: Pick<ObjectMeta, 'name'> & Partial<ObjectMeta>,
): ObjectMeta {
  return {
    ...wanted,
    uid: randomUUID(),
    resourceVersion: versions.next(),
    creationTimestamp: wanted.creationTimestamp ?? kubeTime(new Date()),
  };
}

/** A time as the API writes it: UTC, whole seconds. */
export function kubeTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
