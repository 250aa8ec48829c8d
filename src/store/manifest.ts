import { isDeepStrictEqual } from 'node:util';

import { failure } from '../contracts/failures.ts';
import type { Manifest } from '../contracts/manifest.ts';
import { manifestSchema } from './manifest-schema.ts';

/**
 * The bytes of a manifest as stores hold them: UTF-8 JSON, indented by two, a newline at the end. Equal manifests have
 * equal bytes, whatever the order of their keys.
 *
 * @throws `ManifestInvalid` (not retryable) for a manifest that would not be read back as it is
 */
export function canonicalManifest(manifest: Manifest): Buffer {
  const json: unknown = JSON.parse(JSON.stringify(manifest));
  const ordered = parse(json);
  // A field that the schema does not know would be lost for ever.
  if (!isDeepStrictEqual(ordered, json)) {
    throw failure('ManifestInvalid', {
      observed: 'manifest to be written: a field that the format does not have',
      where: { id: manifest.id },
    });
  }
  return written(ordered);
}

/**
 * The bytes that a stored manifest's signature is of: the same file without its field `signature`. `undefined` where the
 * bytes are not exactly as {@link canonicalManifest} writes them: two readers could then read two manifests in them.
 */
export function signedBytes(bytes: Uint8Array): Buffer | undefined {
  const json = jsonOf(bytes);
  if (!isRecord(json) || !written(json).equals(bytes)) return undefined;
  const { signature: _signature, ...signed } = json;
  return written(signed);
}

/**
 * Reads the bytes of a manifest. Fields that this release does not know are left out.
 *
 * @throws `ManifestInvalid` (not retryable), which names the field that is not as `docs/backup-format.md` says
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parse(jsonOf(bytes));
}

function written(json: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(json, undefined, 2)}\n`);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw failure('ManifestInvalid', { observed: `manifest: ${bytes.length} bytes, no JSON` });
  }
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function parse(json: unknown): Manifest {
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? '' : ` ${issue.path.join('.')}`;
  throw failure('ManifestInvalid', {
    observed: `manifest${field}: ${issue?.message ?? 'not an object'}`,
  });
}
