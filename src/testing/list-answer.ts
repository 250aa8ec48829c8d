import type { Answer, ApiRequest } from './api-request.ts';
import type { ClusterObjects, KubeObject } from './cluster-objects.ts';
import type { Pod } from './pod-schema.ts';
import type { Pods } from './pods.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import type { WatchEvent } from './watchers.ts';

/** The list of the objects that the request's namespace and selectors let through; never in pages. */
export function listAnswer(
  objects: readonly KubeObject[],
  about: {
    readonly request: ApiRequest;
    readonly groupVersion: string;
    /** The list's resource version. */
    readonly version: string;
  },
): Answer {
  const items = objects.filter(selection(about.request));
  const kind = `${objects[0]?.kind ?? ''}List`;
  const metadata = { resourceVersion: about.version };
  return { status: 200, body: { kind, apiVersion: about.groupVersion, metadata, items } };
}

/** Pods as a watch: what happened since the request's resource version, without one those that are there. */
export function podWatch(objects: ClusterObjects, pods: Pods, request: ApiRequest): Answer {
  const selected = selection(request);
  const since = request.query.get('resourceVersion') ?? '0';
  const timeout = request.query.get('timeoutSeconds');
  return {
    stream: {
      timeoutSeconds: timeout === null ? undefined : Number(timeout),
      open: (send) => {
        const tell = (event: WatchEvent<Pod>) => {
          if (selected(event.object)) send(event);
        };
        const begin =
          since === '0'
            ? objects.pods.map((object) => ({ type: 'ADDED' as const, object }))
            : pods.watchers.since(since);
        for (const event of begin) tell(event);
        return pods.watchers.add(tell);
      },
    },
  };
}

function selection(request: ApiRequest): (object: KubeObject) => boolean {
  const { namespace, query } = request;
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector<KubeObject>(query.get('fieldSelector') ?? '', {
    'metadata.name': ({ metadata }) => metadata.name,
    'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
    'spec.nodeName': (object) => nested(object, 'spec', 'nodeName'),
    'status.phase': (object) => nested(object, 'status', 'phase'),
  });
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) &&
    labels(object.metadata.labels ?? {}) &&
    fields(object);
}

function nested(object: object, field: string, name: string): string {
  const part: unknown = Object.entries(object).find(([key]) => key === field)?.[1];
  if (typeof part !== 'object' || part === null) return '';
  const value: unknown = Object.entries(part).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}
