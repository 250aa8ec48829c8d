import type { KubeObject } from './cluster-objects.ts';
import { listAnswer, podWatch } from './list-answer.ts';
import type { Route, RouteSources } from './routes.ts';
import { notFound } from './status-error.ts';

const namespaced = new Set(['pods', 'configmaps', 'leases']);

/** Whether the objects of a resource live in namespaces. */
export function isNamespaced(resource: string): boolean {
  return namespaced.has(resource);
}

/** The routes that read a resource: get, list in a namespace and list across all. */
export function readable(
  sources: RouteSources,
  groupVersion: string,
  resource: string,
  all: () => readonly KubeObject[],
): readonly Route[] {
  const group = groupOf(groupVersion);
  const list = (path: string): Route => ({
    method: 'GET',
    verb: 'list',
    group,
    resource,
    path,
    answer: async (request) =>
      resource === 'pods' && request.verb === 'watch'
        ? podWatch(sources.objects, sources.pods, request)
        : listAnswer(all(), { request, groupVersion, version: sources.versions.current }),
  });
  const own = pathOf(groupVersion, resource, isNamespaced(resource));
  return [
    {
      method: 'GET',
      verb: 'get',
      group,
      resource,
      path: `${own}/:name`,
      answer: async ({ namespace, name }) => {
        const found = all().find(
          ({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace,
        );
        if (!found) throw notFound({ group, resource, name });
        return { status: 200, body: found };
      },
    },
    list(own),
    ...(isNamespaced(resource) ? [list(pathOf(groupVersion, resource, false))] : []),
  ];
}

/** Where a resource stands in the API. */
export function pathOf(groupVersion: string, resource: string, inNamespace: boolean): string {
  const root = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
  return `${root}${inNamespace ? '/namespaces/:namespace' : ''}/${resource}`;
}

/** The group of `group/version`; empty for the core group. */
export function groupOf(groupVersion: string): string {
  return groupVersion.includes('/') ? groupVersion.replace(/\/.*/, '') : '';
}
