import { createHash } from 'node:crypto';

/** A reference by digest to an image of an OpenShift release, always the same for the same content. */
export function imageReference(repository: string, content: string): string {
  const digest = createHash('sha256').update(content).digest('hex');
  return `quay.io/openshift-release-dev/${repository}@sha256:${digest}`;
}
