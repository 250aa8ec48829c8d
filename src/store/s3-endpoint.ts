import { isIP } from 'node:net';

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

/**
 * The address of a bucket: its name is in the host, but where `pathStyle` or the name forbids it. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function s3BucketUrl(options: S3Options): string {
  const { bucket, region, endpoint = `https://${amazonHost(region)}`, pathStyle } = options;
  const { protocol, host } = new URL(endpoint);
  // Hosts with one label more than a certificate covers are of no use.
  const isInHost =
    pathStyle !== true && !bucket.includes('.') && isIP(s3Endpoint(options).host) === 0;
  return isInHost ? `${protocol}//${bucket}.${host}/` : `${protocol}//${host}/${bucket}`;
}

/** @see https://docs.aws.amazon.com/general/latest/gr/s3.html */
function amazonHost(region: string): string {
  return `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
