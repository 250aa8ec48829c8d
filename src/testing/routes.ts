import { accessReview } from './access-review.ts';
import { admitPod } from './admission.ts';
import type { Answer, ApiRequest } from './api-request.ts';
import type { ClusterObjects, Namespace } from './cluster-objects.ts';
import { kubernetesVersion } from './default-nodes.ts';
import { execPlan } from './exec-plan.ts';
import type { Faults } from './faults.ts';
import type { Leases } from './leases.ts';
import type { ResourceVersions } from './object-meta.ts';
import { deleteOptions } from './object-names.ts';
import { openshiftRoutes } from './openshift-routes.ts';
import type { Pods } from './pods.ts';
import { groupOf, isNamespaced, pathOf, readable } from './readable-routes.ts';
import { badRequest, notFound } from './status-error.ts';

/** One path of the API and what answers it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `:namespace` and `:name` for what varies. */
  readonly path: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly answer: (request: ApiRequest) => Promise<Answer>;
}

/** What the routes answer from. */
export interface RouteSources {
  /** The OpenShift version: some resources came, and some went. */
  readonly version: string;
  readonly objects: ClusterObjects;
  readonly versions: ResourceVersions;
  readonly pods: Pods;
  readonly leases: Leases;
  readonly faults: Faults;
}

/** Every path that the stand-in cluster answers. */
export function routes(sources: RouteSources): readonly Route[] {
  const { objects, pods, leases, version } = sources;
  return [
    ...openshiftRoutes(sources),
    ...readable(sources, 'v1', 'namespaces', () => objects.namespaces),
    ...readable(sources, 'v1', 'nodes', () => objects.nodes),
    ...readable(sources, 'v1', 'pods', () => objects.pods),
    ...readable(sources, 'v1', 'configmaps', () => objects.configMaps),
    ...readable(sources, 'coordination.k8s.io/v1', 'leases', () => objects.leases),
    ...writable('v1', 'pods', {
      create: async ({ namespace, body }) => {
        const pod = await body();
        admitPod(requireNamespace(objects, namespace), pod, sources.faults);
        return { status: 201, body: pods.create(namespace, pod) };
      },
      delete: async (request) => {
        const { namespace, name } = request;
        return { status: 200, body: pods.delete(namespace, name, await deletion(request)) };
      },
    }),
    ...writable('coordination.k8s.io/v1', 'leases', {
      create: async ({ namespace, body }) => {
        requireNamespace(objects, namespace);
        return { status: 201, body: leases.create(namespace, await body()) };
      },
      update: async ({ namespace, name, body }) => {
        requireNamespace(objects, namespace);
        const { lease, created } = leases.replace(namespace, name, await body());
        return { status: created ? 201 : 200, body: lease };
      },
      delete: async (request) => {
        const { namespace, name } = request;
        return { status: 200, body: leases.delete(namespace, name, await deletion(request)) };
      },
    }),
    {
      method: 'GET',
      verb: 'get',
      group: '',
      resource: 'pods/exec',
      path: `${pathOf('v1', 'pods', true)}/:name/exec`,
      answer: async (request) => ({ exec: execPlan(pods, request) }),
    },
    {
      method: 'POST',
      verb: 'create',
      resource: 'selfsubjectaccessreviews',
      group: 'authorization.k8s.io',
      path: pathOf('authorization.k8s.io/v1', 'selfsubjectaccessreviews', false),
      answer: async ({ body }) => accessReview(sources.faults, await body()),
    },
    ...['/version', '/readyz', '/livez', '/healthz'].map((path): Route => {
      const body = path === '/version' ? versionBody(version) : 'ok';
      const answer = async (): Promise<Answer> => ({ status: 200, body });
      return { method: 'GET', verb: 'get', group: '', resource: '', path, answer };
    }),
  ];
}

const methods = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const;

function writable(
  groupVersion: string,
  resource: string,
  answers: Partial<Record<keyof typeof methods, Route['answer']>>,
): readonly Route[] {
  const own = pathOf(groupVersion, resource, isNamespaced(resource));
  const verbs = ['create', 'update', 'delete'] as const;
  return verbs.flatMap((verb): Route[] => {
    const answer = answers[verb];
    const path = verb === 'create' ? own : `${own}/:name`;
    const group = groupOf(groupVersion);
    return answer ? [{ method: methods[verb], verb, group, resource, path, answer }] : [];
  });
}

function versionBody(version: string): object {
  const gitVersion = `${kubernetesVersion(version)}+5865c5b`;
  return { major: '1', minor: gitVersion.split('.')[1], gitVersion };
}

function requireNamespace({ namespaces }: ClusterObjects, name: string): Namespace {
  const found = namespaces.find(({ metadata }) => metadata.name === name);
  if (!found) throw notFound({ group: '', resource: 'namespaces', name });
  return found;
}

// A DELETE may carry its options as a body or, for the grace, in the query.
async function deletion({ body, query }: ApiRequest) {
  const parsed = deleteOptions.safeParse((await body()) ?? {});
  if (!parsed.success) throw badRequest('DeleteOptions in version "v1" cannot be handled');
  const grace = query.get('gracePeriodSeconds');
  return grace === null ? parsed.data : { ...parsed.data, gracePeriodSeconds: Number(grace) };
}
