import type { StoreEndpoint } from './mount-source.ts';
import type { S3Options } from './s3-options.ts';

/** The server that the bytes of a bucket go to. Pure. */
export function s3Endpoint({ bucket, region, endpoint }: S3Options): StoreEndpoint {
  const host = endpoint === undefined ? amazonHost(region) : new URL(endpoint).hostname;
  return { host: host.replace(/^\[(.*)\]$/, '$1'), evidence: `endpoint of bucket ${bucket}` };
}

/** What is the same for two names of one bucket, whatever their prefixes: who can read one can read the other. Pure. */
export function s3Place(options: S3Options): string {
  const { host } = s3Endpoint(options);
  const port = options.endpoint === undefined ? '' : new URL(options.endpoint).port;
  return `s3://${host}:${port}/${options.bucket}`;
}

/** @see https://docs.aws.amazon.com/general/latest/gr/s3.html */
function amazonHost(region: string): string {
  return `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
