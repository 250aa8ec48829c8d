import { z } from 'zod';

import type { ClusterObjects, Lease } from './cluster-objects.ts';
import { newMeta } from './object-meta.ts';
import type { ResourceVersions } from './object-meta.ts';
import { nameProblem } from './object-names.ts';
import type { DeleteOptions } from './object-names.ts';
import { checkPreconditions } from './preconditions.ts';
import { alreadyExists, badRequest, invalid, modified, notFound } from './status-error.ts';
import type { ResourceName } from './status-error.ts';

const strings = z.record(z.string(), z.string());

const leaseBody = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string().nullish(),
    resourceVersion: z.string().nullish(),
    labels: strings.optional(),
    annotations: strings.optional(),
  }),
  spec: z
    .looseObject({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.int().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.int().nullish(),
    })
    .default({}),
});

type LeaseBody = z.infer<typeof leaseBody>;

/**
 * The leases of the cluster.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/registry/coordination/lease/strategy.go
 */
export class Leases {
  readonly #objects: ClusterObjects;
  readonly #versions: ResourceVersions;

  constructor(objects: ClusterObjects, versions: ResourceVersions) {
    this.#objects = objects;
    this.#versions = versions;
  }

  create(namespace: string, body: unknown): Lease {
    const wanted = validLease(body);
    const of = leaseName(wanted.metadata.name);
    if (wanted.metadata.resourceVersion) {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    if (this.#find(namespace, wanted.metadata.name)) throw alreadyExists(of);
    return this.#insert(namespace, wanted);
  }

  /** Replaces the lease whole; one that is not there is made. */
  replace(namespace: string, name: string, body: unknown): { lease: Lease; created: boolean } {
    const wanted = validLease(body);
    const of = leaseName(name);
    const { metadata, spec } = wanted;
    if (metadata.name !== name) {
      throw badRequest(
        `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    const found = this.#find(namespace, name);
    const uid = metadata.uid ?? undefined;
    checkPreconditions(of, found ?? nothing, { preconditions: { uid } });
    if (!found) return { lease: this.#insert(namespace, wanted), created: true };
    if (!metadata.resourceVersion) {
      const problem = 'metadata.resourceVersion: Invalid value: 0: must be specified for an update';
      throw invalid('Lease.coordination.k8s.io', of, problem);
    }
    if (metadata.resourceVersion !== found.metadata.resourceVersion) throw modified(of);
    const { uid: own, creationTimestamp } = found.metadata;
    const resourceVersion = this.#versions.next();
    const kept = { name, namespace, uid: own, resourceVersion, creationTimestamp };
    found.metadata = { ...described(wanted), ...kept };
    found.spec = spec;
    return { lease: found, created: false };
  }

  delete(namespace: string, name: string, options: DeleteOptions): Lease {
    const found = this.#find(namespace, name);
    if (!found) throw notFound(leaseName(name));
    checkPreconditions(leaseName(name), found, options);
    this.#objects.leases.splice(this.#objects.leases.indexOf(found), 1);
    return found;
  }

  #find(namespace: string, name: string): Lease | undefined {
    return this.#objects.leases.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
  }

  #insert(namespace: string, wanted: LeaseBody): Lease {
    const { name } = wanted.metadata;
    const problem = nameProblem(name, wanted.metadata.labels);
    if (problem !== undefined) throw invalid('Lease', leaseName(name), problem);
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: newMeta(this.#versions, { ...described(wanted), name, namespace }),
      spec: wanted.spec,
    };
    this.#objects.leases.push(lease);
    return lease;
  }
}

function validLease(body: unknown): LeaseBody {
  const parsed = leaseBody.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { acquireTime, renewTime } = parsed.data.spec;
  for (const time of [acquireTime, renewTime]) {
    // Go reads a MicroTime with exactly six digits after the second.
    if (time != null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/.test(time)) {
      throw unreadable(
        `parsing time "${time}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "${time.slice(19)}" as ".000000"`,
      );
    }
  }
  return parsed.data;
}

function unreadable(why: string): Error {
  return badRequest(`Lease in version "v1" cannot be handled as a Lease: ${why}`);
}

const nothing = { metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '' } };

function described({ metadata: { labels, annotations } }: LeaseBody): object {
  return { ...(labels && { labels }), ...(annotations && { annotations }) };
}

function leaseName(name: string): ResourceName {
  return { group: 'coordination.k8s.io', resource: 'leases', name };
}
