import type { AzureOptions } from './azure-options.ts';
import type { StoreEndpoint } from './mount-source.ts';

/** The address of a container, without a slash at its end. Pure. */
export function containerUrl(options: AzureOptions): string {
  const { account, container, pathStyle = false } = options;
  const base = baseOf(options);
  return pathStyle ? `${base}/${account}/${container}` : `${base}/${container}`;
}

/** The server that the bytes of a container go to. Pure. */
export function azureEndpoint(options: AzureOptions): StoreEndpoint {
  const host = new URL(baseOf(options)).hostname;
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    evidence: `endpoint of container ${options.container}`,
  };
}

/** What is the same for two names of one container, whatever their prefixes: who can read one can read the other. Pure. */
export function azurePlace(options: AzureOptions): string {
  return `azure://${new URL(baseOf(options)).host}/${options.account}/${options.container}`;
}

/** @see https://learn.microsoft.com/en-us/azure/storage/common/storage-account-overview#storage-account-endpoints */
function baseOf({ account, endpoint }: AzureOptions): string {
  return endpoint ?? `https://${account}.blob.core.windows.net`;
}
