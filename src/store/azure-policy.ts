import type { AzureOptions } from './azure-options.ts';

/** A custom role of Azure, as `az role definition create` takes it but for the subscription. */
interface AzureRole {
  readonly Name: string;
  readonly IsCustom: true;
  readonly Description: string;
  readonly Actions: readonly string[];
  readonly DataActions: readonly string[];
  readonly AssignableScopes: readonly string[];
}

/** The rights of a container, ready to be printed as JSON; what stands in `<>` is the reader's to fill in. */
export interface AzurePolicy {
  /** For an identity of the worker's own. */
  readonly role: AzureRole;
  /** Where the role is to be assigned: this container and nothing above it. */
  readonly assignment: { readonly scope: string };
  /** For a SAS token of the container. */
  readonly sas: { readonly resource: 'container'; readonly permissions: string };
}

/**
 * Exactly the rights that the credentials of a container need: create, read and list. Nothing that deletes a blob is among them.
 * Azure has no right to store blocks that does not replace blobs as well: only an immutability policy keeps from that. Pure.
 *
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations
 * @see https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas#permissions-for-a-directory-container-or-blob
 */
export function azurePolicy({ account, container, immutability }: AzureOptions): AzurePolicy {
  const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';
  const isKept = immutability !== undefined;
  const group = '/subscriptions/<subscription>/resourceGroups/<resource group>';
  return {
    role: {
      Name: `etcd-backup ${account}/${container}`,
      IsCustom: true,
      Description: 'Creates, reads and lists etcd backups; deletes nothing.',
      Actions: [],
      DataActions: [
        ...(isKept ? [`${blobs}/immutableStorage/runAsSuperUser/action`] : []),
        `${blobs}/read`,
        `${blobs}/write`,
      ],
      AssignableScopes: ['/subscriptions/<subscription>'],
    },
    assignment: {
      scope: `${group}/providers/Microsoft.Storage/storageAccounts/${account}/blobServices/default/containers/${container}`,
    },
    sas: { resource: 'container', permissions: isKept ? 'rwli' : 'rwl' },
  };
}
