import { z } from 'zod';

import { directoryIdentity } from './directory-identity.ts';
import { mountSource } from './mount-source.ts';
import type { StoreEndpoint } from './mount-source.ts';
import type { RcloneOptions } from './rclone-options.ts';
import { runRclone } from './rclone-process.ts';
import { s3Endpoint, s3Place } from './s3-endpoint.ts';

/** Where the bytes of a remote go. */
export interface RclonePlace {
  /** Absent where they stay on this machine. A remote whose server cannot be known has a `host` that no name service knows. */
  readonly endpoint?: StoreEndpoint;
  /** The same for two names of one place. */
  readonly place: string;
}

/**
 * Finds out by rclone's own configuration where a remote is, through remotes that only wrap another one. Reads that, keeps no
 * setting of it, opens no connection.
 */
export async function rclonePlace(options: RcloneOptions): Promise<RclonePlace> {
  const { name, path, section } = unwrapped(options.remote, await sectionsOf(options));
  const first = path.split('/').find((segment) => segment !== '') ?? '';
  const evidence = `rclone remote ${options.remote}`;
  if (section?.type === 'local') {
    const endpoint = await mountSource(path);
    const place = await directoryIdentity(path);
    return endpoint === undefined ? { place } : { endpoint, place };
  }
  const server = section && serverOf(section);
  if (section?.type === 's3') {
    const { region = 'us-east-1' } = section;
    const bucket = { bucket: first, region, ...(server && { endpoint: server.origin }) };
    return { endpoint: { ...s3Endpoint(bucket), evidence }, place: s3Place(bucket) };
  }
  const { type = 'unknown' } = section ?? {};
  const host = server?.hostname ?? (Object.hasOwn(services, type) ? services[type] : undefined);
  return {
    endpoint: {
      host: host?.replace(/^\[(.*)\]$/, '$1') ?? `(${type} backend of rclone)`,
      evidence,
    },
    // Accounts of one service are apart, unless it is the same remote.
    place: `${type}://${server?.host ?? `${options.configFile ?? ''}#${name}`}/${first}`,
  };
}

/** What a section says of its place. What else is in it, such as a password, is not kept. */
const sectionSchema = z.object({
  type: z.string(),
  remote: z.string().optional(),
  endpoint: z.string().optional(),
  url: z.string().optional(),
  host: z.string().optional(),
  auth: z.string().optional(),
  region: z.string().optional(),
});

type Section = z.infer<typeof sectionSchema>;

const sectionsSchema = z.record(z.string(), sectionSchema);

async function sectionsOf(options: RcloneOptions): Promise<Readonly<Record<string, Section>>> {
  try {
    const signal = AbortSignal.timeout(30_000);
    return sectionsSchema.parse(
      JSON.parse(await runRclone(options, ['config', 'dump'], { signal })),
    );
  } catch {
    // Whoever cannot read the configuration cannot know; the store itself says what is wrong with it.
    return {};
  }
}

/** Backends that keep their files in another remote. */
const wrappers = new Set(['alias', 'cache', 'chunker', 'compress', 'crypt', 'hasher']);

interface Place {
  readonly name: string;
  readonly path: string;
  readonly section: Section | undefined;
}

function unwrapped(remote: string, sections: Readonly<Record<string, Section>>, depth = 0): Place {
  const [, name = '', path = ''] = /^([^:/]*):(.*)$/s.exec(remote) ?? [];
  // A remote may wrap a directory as it is.
  if (name === '') return { name, path: remote, section: { type: 'local' } };
  const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
  const inner = section && wrappers.has(section.type) ? section.remote : undefined;
  if (inner === undefined || depth === 10) return { name, path, section };
  const isWhole = path === '' || /[:/]$/.test(inner);
  return unwrapped(isWhole ? inner + path : `${inner}/${path}`, sections, depth + 1);
}

function serverOf({ endpoint, url, host, auth }: Section): URL | undefined {
  const named = endpoint ?? url ?? host ?? auth;
  if (named === undefined || named === '') return undefined;
  return URL.parse(named.includes('://') ? named : `https://${named}`) ?? undefined;
}

/** Services with one address for everybody. */
const services: Readonly<Record<string, string>> = {
  b2: 'api.backblazeb2.com',
  box: 'api.box.com',
  drive: 'www.googleapis.com',
  dropbox: 'api.dropboxapi.com',
  'google cloud storage': 'storage.googleapis.com',
  onedrive: 'graph.microsoft.com',
};
