import { z } from 'zod';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/**
 * What is wrong with a name or with labels, as the API server says it; undefined when nothing is.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.34.4/pkg/util/validation/validation.go
 */
export function nameProblem(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): string | undefined {
  if (name.length > 253 || !subdomain.test(name)) {
    return `metadata.name: Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`;
  }
  for (const [key, value] of Object.entries(labels)) {
    if (!labelKey.test(key))
      return `metadata.labels: Invalid value: "${key}": not a qualified name`;
    if (value.length > 63) {
      return `metadata.labels: Invalid value: "${value}": must be no more than 63 characters`;
    }
    if (!labelValue.test(value)) {
      return `metadata.labels: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
    }
  }
  return undefined;
}

/** What a client may send to delete an object. */
export const deleteOptions = z.looseObject({
  gracePeriodSeconds: z.int().min(0).nullish(),
  preconditions: z
    .object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() })
    .nullish(),
});

export type DeleteOptions = z.infer<typeof deleteOptions>;
