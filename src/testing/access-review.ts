import { z } from 'zod';

import type { Answer } from './api-request.ts';
import type { Faults } from './faults.ts';
import { badRequest } from './status-error.ts';

const review = z.looseObject({
  spec: z.looseObject({
    resourceAttributes: z.looseObject({
      verb: z.string().default(''),
      group: z.string().default(''),
      resource: z.string().default(''),
      subresource: z.string().default(''),
      namespace: z.string().default(''),
      name: z.string().default(''),
    }),
  }),
});

/** Whether the client may do what it asks about: everything that no `deny` fault is for. */
export function accessReview(faults: Faults, body: unknown): Answer {
  const parsed = review.safeParse(body);
  if (!parsed.success) throw badRequest('a SelfSubjectAccessReview needs spec.resourceAttributes');
  const { verb, group, resource, subresource, namespace, name } =
    parsed.data.spec.resourceAttributes;
  const asked = subresource === '' ? resource : `${resource}/${subresource}`;
  const allowed = !faults.denies({ verb, group, resource: asked, namespace, name });
  return {
    status: 201,
    body: {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: parsed.data.spec,
      status: { allowed },
    },
  };
}
