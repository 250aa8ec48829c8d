import type { RequestOptions } from 'node:https';

import {
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
} from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';

import { waitUntil } from '../../src/testing/index.ts';
import type { StandInCluster } from '../../src/testing/index.ts';

/** A client's configuration as it reads it from the cluster's kubeconfig. */
export function kubeConfig(cluster: StandInCluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  return config;
}

/** The official client's APIs. */
export function clients(cluster: StandInCluster) {
  const config = kubeConfig(cluster);
  return {
    core: config.makeApiClient(CoreV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
  };
}

/** The etcd image of the nodes, by digest. */
export function imageOnNode(cluster: StandInCluster): string {
  return cluster.objects.nodes[0]?.status.images[0]?.names[0] ?? '';
}

/** A pod as `oc debug node/…` makes it. */
export function debugPod(cluster: StandInCluster, name: string, spec: object = {}): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      nodeName: 'master-0',
      hostPID: true,
      hostNetwork: true,
      restartPolicy: 'Never',
      containers: [
        {
          name: 'container-00',
          image: imageOnNode(cluster),
          command: ['sleep', 'infinity'],
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: [{ name: 'host', mountPath: '/host' }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/', type: 'Directory' } }],
      ...spec,
    },
  };
}

/** Makes a pod and waits for this phase. */
export async function runPod(
  cluster: StandInCluster,
  pod: V1Pod,
  phase = 'Running',
): Promise<V1Pod> {
  const { core } = clients(cluster);
  const { namespace } = cluster;
  const name = pod.metadata?.name ?? '';
  await core.createNamespacedPod({ namespace, body: pod });
  return await waitUntil(`pod ${name} ${phase}`, async () => {
    const found = await core.readNamespacedPod({ namespace, name });
    return found.status?.phase === phase ? found : undefined;
  });
}

/** What an exec connection gave until it closed. */
export interface ExecResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** The text of the status message; empty when none came. */
  readonly status: string;
  readonly protocol: string;
  readonly closeCode: number;
  /** The channel of every message. */
  readonly channels: readonly number[];
  readonly largestMessage: number;
}

export interface ExecRequest {
  readonly pod: string;
  readonly stdin?: string;
  readonly protocols?: readonly string[];
  readonly container?: string;
}

/** An open exec connection. */
export interface OpenExec {
  readonly socket: WebSocket;
  /** Every message so far. */
  readonly messages: readonly Buffer[];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

/** Executes a command over a plain websocket; resolves when it has closed. */
export async function exec(
  cluster: StandInCluster,
  request: ExecRequest,
  command: readonly string[],
): Promise<ExecResult> {
  const { socket, messages, closed } = await openExec(cluster, request, command);
  if (request.stdin !== undefined) {
    socket.send(Buffer.concat([Buffer.of(0), Buffer.from(request.stdin)]));
    if (socket.protocol === 'v5.channel.k8s.io') socket.send(Buffer.of(255, 0));
  }
  const closeCode = await closed;
  return {
    stdout: bytesOf(messages, 1),
    stderr: bytesOf(messages, 2).toString(),
    status: bytesOf(messages, 3).toString(),
    protocol: socket.protocol,
    closeCode,
    channels: messages.map(([first]) => first ?? -1),
    largestMessage: Math.max(0, ...messages.map((message) => message.length)),
  };
}

/** What arrived on a channel. */
export function bytesOf(messages: readonly Buffer[], channel: number): Buffer {
  const own = messages.filter(([first]) => first === channel);
  return Buffer.concat(own.map((message) => message.subarray(1)));
}

/** Opens an exec connection. @throws `Refused` when the server does not upgrade */
export async function openExec(
  cluster: StandInCluster,
  request: ExecRequest,
  command: readonly string[],
): Promise<OpenExec> {
  const options: RequestOptions & ClientOptions = {};
  await kubeConfig(cluster).applyToHTTPSOptions(options);
  const { protocols = ['v5.channel.k8s.io'] } = request;
  const socket = new WebSocket(execUrl(cluster, request, command), [...protocols], {
    ...options,
    perMessageDeflate: false,
  });
  const messages: Buffer[] = [];
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  socket.on('open', opened.resolve);
  socket.on('error', opened.reject);
  socket.on('close', (code) => closed.resolve(code));
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) messages.push(data);
  });
  socket.on('unexpected-response', (_, response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('end', () => opened.reject(new Refused(response.statusCode ?? 0, text)));
  });
  await opened.promise;
  return { socket, messages, closed: closed.promise };
}

function execUrl(
  cluster: StandInCluster,
  { pod, stdin, container = 'container-00' }: ExecRequest,
  command: readonly string[],
): URL {
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/exec`;
  const url = new URL(path, cluster.server.replace('https', 'wss'));
  for (const word of command) url.searchParams.append('command', word);
  url.searchParams.set('container', container);
  url.searchParams.set('stdin', String(stdin !== undefined));
  url.searchParams.set('stdout', 'true');
  url.searchParams.set('stderr', 'true');
  return url;
}

/** The server answered the upgrade with this status and body. */
export class Refused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`${status} ${body}`);
    this.status = status;
    this.body = body;
  }
}
