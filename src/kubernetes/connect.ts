import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { dirname } from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';

import { failure } from '../contracts/failures.ts';

/** How a worker reaches the API of one target cluster; names files, holds no secret. */
export interface ClusterConnection {
  readonly kubeconfig:
    | {
        /** Absolute path of a kubeconfig file on the worker. Replace it by renaming: it may be read at any time. */
        readonly file: string;
        /** @default the file's current context */
        readonly context?: string;
      }
    | { readonly inCluster: true };
}

/** A target cluster's API server, and what a request to it needs. Holds secrets: never print or keep it. */
export interface Endpoint {
  readonly server: URL;
  /** TLS and proxy. */
  readonly options: RequestOptions;
  /** Authorization; in `options` as well. */
  readonly headers: OutgoingHttpHeaders;
}

/**
 * Reads the credentials anew, so that a rotated token, certificate or CA is picked up: call it for every request. Reads
 * files of the worker, and runs the kubeconfig's credential command where it has one; never talks to the cluster.
 *
 * @throws `ConfigInvalid`, not retryable, naming the file; `ClusterUnreachable`, retryable, when the credential command
 * or the identity provider gives no credentials
 */
export async function connect(connection: ClusterConnection): Promise<Endpoint> {
  const config = loadKubeConfig(connection);
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const headers: OutgoingHttpHeaders = {};
  const options: RequestOptions = { headers };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const file = missingFile(error);
    if (file !== undefined) throw invalid(connection, `cannot read ${file}`);
    // What a credential command printed may be a secret, so its error stays here.
    throw failure('ClusterUnreachable', {
      observed: `credentials of ${server.host}: the kubeconfig's user gave none, expected a token or certificate`,
      nextStep:
        "Run the kubeconfig's credential command on the worker's host and see what it says.",
    });
  }
  return { server, options, headers };
}

/**
 * The kubeconfig as it is now, with a context whose cluster and user are there.
 *
 * @throws `ConfigInvalid`, not retryable, naming the file
 */
function loadKubeConfig(connection: ClusterConnection): KubeConfig {
  const config = new KubeConfig();
  const { kubeconfig } = connection;
  if ('inCluster' in kubeconfig) {
    if (!process.env['KUBERNETES_SERVICE_HOST']) {
      throw invalid(connection, 'KUBERNETES_SERVICE_HOST is not set, expected a worker in a pod');
    }
    config.loadFromCluster();
    return config;
  }
  try {
    config.loadFromString(readFileSync(kubeconfig.file, 'utf8'));
    config.makePathsAbsolute(dirname(kubeconfig.file));
  } catch (error) {
    const file = missingFile(error);
    if (file !== undefined) throw invalid(connection, `cannot read ${file}`);
    // A parser's message quotes the text, tokens included; only messages of this form are known not to.
    const message = error instanceof Error ? error.message : '';
    throw invalid(connection, /^\w+\[\d+\][\w.-]* is missing$/.exec(message)?.[0] ?? notOne);
  }
  if (kubeconfig.context !== undefined) config.setCurrentContext(kubeconfig.context);
  checkContext(connection, config);
  return config;
}

const notOne = 'not a kubeconfig, expected YAML with clusters, users and contexts';

function checkContext(connection: ClusterConnection, config: KubeConfig): void {
  const name = config.getCurrentContext() as string | undefined;
  if (!name) throw invalid(connection, 'no current-context, expected one, or a context by name');
  const context = config.getContextObject(name);
  if (context === null) {
    const known = config.getContexts().map((each) => each.name);
    throw invalid(connection, `no context "${name}", expected one of: ${known.join(', ')}`);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw invalid(connection, `no cluster "${context.cluster}"`);
  if (config.getCurrentUser() === null) throw invalid(connection, `no user "${context.user}"`);
  if (!/^https?:$/.test(URL.parse(cluster.server)?.protocol ?? '')) {
    throw invalid(connection, `server of cluster "${cluster.name}" is no https URL`);
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw invalid(connection, `server of cluster "${cluster.name}" is http, expected https`);
  }
  const proxy = cluster.proxyUrl;
  if (proxy && !/^(https?|socks\w*):$/.test(URL.parse(proxy)?.protocol ?? '')) {
    throw invalid(connection, `proxy-url of cluster "${cluster.name}" is no http or socks URL`);
  }
}

function invalid({ kubeconfig }: ClusterConnection, observed: string): Error {
  const field = "the cluster's `kubeconfig` in the configuration";
  if ('inCluster' in kubeconfig) {
    return failure('ConfigInvalid', {
      observed: `in-cluster credentials: ${observed}`,
      nextStep: `Run this in a pod of the cluster, or name a file as ${field}.`,
    });
  }
  return failure('ConfigInvalid', {
    observed: `kubeconfig: ${observed}`,
    where: { file: kubeconfig.file },
    nextStep: `Mend what is named on this machine, or correct ${field}, then start again.`,
  });
}

function missingFile(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  // A credential command that is not there has a path too, but fails in `spawn`.
  if (!('syscall' in error) || String(error.syscall).startsWith('spawn')) return undefined;
  return `${String(error.path)} (${String(error.code)})`;
}
