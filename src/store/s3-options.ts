/**
 * Where a worker finds its credentials for an S3 store; without one of these, the SDK's own chain looks for them:
 * environment, shared files, web identity, container and instance.
 */
export type S3Credentials =
  | {
      /** Names of environment variables. */
      readonly variables: {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string;
      };
    }
  | {
      /** A shared credentials file of this store's own; absolute. */
      readonly file: string;
      /** The section of that file. @default 'default' */
      readonly profile?: string;
    }
  | {
      /** A profile of the SDK's own shared files: roles, web identity and the rest of what they can say. */
      readonly profile: string;
    };

/** A retention that the bucket's Object Lock gives to every object. */
export interface S3ObjectLock {
  /** `governance` can be lifted by whoever has a right to that, `compliance` by nobody. */
  readonly mode: 'governance' | 'compliance';
  /** Counted from the beginning of the upload. */
  readonly retainForMs: number;
}

/** The storage classes from which an object can be read at once, as verification does. */
export const s3StorageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
] as const;

export type S3StorageClass = (typeof s3StorageClasses)[number];

/** What is to be known of a bucket and what it promises. Holds no secret. */
export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** Stands before every key, without a slash at its end. Without it, keys begin at the bucket's root. */
  readonly prefix?: string;
  /** Of a store that is not Amazon's: `https://host[:port]`. */
  readonly endpoint?: string;
  /** Names the bucket in the path instead of the host. @default false */
  readonly pathStyle?: boolean;
  /** A PEM file with the authorities that the endpoint's certificate is checked against, instead of Node's own; absolute. */
  readonly caFile?: string;
  readonly credentials?: S3Credentials;
  readonly objectLock?: S3ObjectLock;
  /** Encrypts every object with this KMS key. */
  readonly kmsKey?: string;
  /** Of the files; small records are left in the bucket's default. */
  readonly storageClass?: S3StorageClass;
  /** Whether an endpoint will do that accepts bytes under a wrong checksum. @default false */
  readonly allowUncheckedParts?: boolean;
  /** Whether an endpoint will do that ignores `If-None-Match`. @default false */
  readonly allowOverwriting?: boolean;
}

/** Options of `createS3Store`. */
export interface S3StoreOptions extends S3Options {
  /** The store's name in the configuration. */
  readonly name: string;
}
