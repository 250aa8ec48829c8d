import type { KubeObject } from './cluster-objects.ts';

/** A change, as a watch tells it. */
export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** Tells those who watch a collection what changes in it. */
export class Watchers<T extends KubeObject> {
  readonly #listeners = new Set<(event: WatchEvent<T>) => void>();
  readonly #events: WatchEvent<T>[] = [];

  tell(type: WatchEvent<T>['type'], object: T): void {
    // A copy: the object changes on, the event must not.
    const event = { type, object: structuredClone(object) };
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** What happened after a resource version. */
  since(resourceVersion: string): readonly WatchEvent<T>[] {
    return this.#events.filter(
      ({ object }) => Number(object.metadata.resourceVersion) > Number(resourceVersion),
    );
  }

  /** Returns what ends the watch. */
  add(listener: (event: WatchEvent<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
