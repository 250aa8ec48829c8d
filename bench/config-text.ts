import type { Lab } from '../lab/index.ts';

/** One way of backing the lab up: a cluster of the configuration, by the name of the side. */
export interface Side {
  /** More keys of the cluster, as the configuration has them. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Whether its stores seal what they are given. */
  readonly sealed?: boolean;
}

/** How the worker reaches the S3 server. */
export interface StoreEndpoints {
  readonly endpoint: string;
  readonly region: string;
  readonly credentialsFile: string;
}

/** Two recipients that the documentation of age shows; nobody here can open what is sealed for them. */
const recipients = {
  sealed: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
  vault: 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg',
};

/** The cluster of a side: `relayUncompressed` is `relay-uncompressed`. */
export function clusterOf(side: string): string {
  return side.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The text of a configuration file in which each side is a cluster, and each cluster is the lab. */
export function configText(
  lab: Lab,
  endpoints: StoreEndpoints,
  sides: Readonly<Record<string, Side>>,
): string {
  const clusters = Object.entries(sides).map(([name, { cluster = {}, sealed = false }]) => [
    clusterOf(name),
    {
      kubeconfig: { file: lab.backupKubeconfigPath },
      stores: sealed
        ? { snapshot: 'sealed', staticKubeResources: 'sealedVault' }
        : { snapshot: 'plain', staticKubeResources: 'plainVault' },
      ...cluster,
    },
  ]);
  const s3 = (bucket: string) => ({
    bucket,
    region: endpoints.region,
    endpoint: endpoints.endpoint,
    pathStyle: true,
    credentials: { file: endpoints.credentialsFile },
  });
  const stores = {
    plain: { s3: s3('plain') },
    plainVault: { s3: s3('plain-vault') },
    ...(Object.values(sides).some(({ sealed }) => sealed) && {
      sealed: { s3: s3('sealed'), recipients: [recipients.sealed] },
      sealedVault: { s3: s3('sealed-vault'), recipients: [recipients.vault] },
    }),
  };
  // JSON is YAML too.
  return JSON.stringify({ clusters: Object.fromEntries(clusters), stores });
}
