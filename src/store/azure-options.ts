/**
 * Where a worker finds its secret for an Azure store: an account key, a SAS token or a connection string that holds one of them;
 * which one it is shows in its form.
 */
export type AzureCredentials =
  | {
      /** The name of an environment variable. */
      readonly variable: string;
    }
  | {
      /** A file of one such line; absolute. */
      readonly file: string;
    };

/** A retention that every blob is given when it is made. */
export interface AzureImmutability {
  /** `unlocked` can be shortened and lifted by whoever has a right to that, `locked` only be prolonged. */
  readonly mode: 'unlocked' | 'locked';
  /** Counted from the commit. */
  readonly retainForMs: number;
}

/** The access tiers from which a blob can be read at once, as verification does. */
export const azureAccessTiers = ['Hot', 'Cool', 'Cold'] as const;

export type AzureAccessTier = (typeof azureAccessTiers)[number];

/** What is to be known of a container and what it promises. Holds no secret. */
export interface AzureOptions {
  /** The storage account. */
  readonly account: string;
  readonly container: string;
  /** Stands before every key, without a slash at its end. Without it, keys begin at the container's root. */
  readonly prefix?: string;
  /** Where the account answers, when it is not Azure's public cloud: `https://host[:port]`. */
  readonly endpoint?: string;
  /** Names the account in the path instead of the host, as emulators want it. @default false */
  readonly pathStyle?: boolean;
  /** A PEM file with the authorities that the endpoint's certificate is checked against, instead of Node's own; absolute. */
  readonly caFile?: string;
  /** Without it, the chain of `@azure/identity`, which has to be installed then. */
  readonly credentials?: AzureCredentials;
  readonly immutability?: AzureImmutability;
  /** Of the files; small records are left in the account's default. */
  readonly accessTier?: AzureAccessTier;
}

/** Options of `createAzureStore`. */
export interface AzureStoreOptions extends AzureOptions {
  /** The store's name in the configuration. */
  readonly name: string;
}
