import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createProxy } from 'node:http';
import type { Server as ProxyServer } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';

import { certificateAuthority, issue } from './certificates.ts';
import type { StandInNode } from './stand-in-node.ts';

/** The hosts outside that the scripts of 4.3 need. */
const hosts = ['storage.googleapis.com', 'quay.io'];

/** Where curl looks for authorities, as Debian and as Red Hat build it. */
const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

// The home of root, as RHCOS has it.
const curlConfigPath = '/var/roothome/.curlrc';

/** How nodes reach the outside: as they are, through the proxy only, or not at all. */
export type EgressMode = 'direct' | 'proxy' | 'none';

/** What of the Internet the nodes of a 4.3 cluster need, on loopback: a download of etcdctl, a registry, and a proxy. */
export class Egress {
  /** `http://127.0.0.1:<port>`; any user name and password may be put into it. */
  readonly proxyUrl: string;
  /** Whom nodes must trust, PEM. */
  readonly authority: string;
  /** The `host:port` of every connection that went through the proxy, refused ones included. */
  readonly proxied: string[] = [];
  readonly #port: number;
  readonly #close: () => Promise<void>;
  readonly #nodes: Pick<StandInNode, 'writeFile'>[] = [];
  #mode: EgressMode = 'direct';

  private constructor(own: Pick<Egress, 'proxyUrl' | 'authority' | 'close'> & { port: number }) {
    this.proxyUrl = own.proxyUrl;
    this.authority = own.authority;
    this.#port = own.port;
    this.#close = own.close;
  }

  /** Starts the servers. `etcdctl` is what the download holds; absent, it is not there. */
  static async start(directory: string, etcdctl: string | undefined): Promise<Egress> {
    const authority = await certificateAuthority('stand-in-egress');
    const { certificate, key } = await issue(authority, {
      commonName: 'storage.googleapis.com',
      usages: ['serverAuth'],
      names: hosts,
    });
    const sockets = new Set<Duplex>();
    const archive = cached(async () => await etcdRelease(directory, etcdctl));
    const outside = createServer({ cert: certificate, key }, (request, response) => {
      const isArchive = /^\/etcd\/(v[\d.]+)\/etcd-\1-linux-amd64\.tar\.gz$/.test(request.url ?? '');
      const answer = async () => {
        const bytes = isArchive ? await archive() : undefined;
        response.writeHead(bytes === undefined && request.url !== '/v2/' ? 404 : 200);
        response.end(bytes ?? '{}');
      };
      answer().catch(() => response.destroy());
    });
    const proxy = createProxy((_, response) => response.writeHead(403).end());
    for (const server of [outside, proxy]) {
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
    }
    const port = await listen(outside);
    const egress = new Egress({
      proxyUrl: `http://127.0.0.1:${await listen(proxy)}`,
      authority: authority.certificate,
      port,
      close: async () => {
        for (const server of [outside, proxy]) server.close();
        for (const socket of sockets) socket.destroy();
        await Promise.all([outside, proxy].map(async (server) => await once(server, 'close')));
      },
    });
    proxy.on('connect', (request, socket) => egress.#tunnel(request.url ?? '', socket));
    return egress;
  }

  /** What a node has from the start, by path. */
  nodeFiles(): Record<string, string> {
    const trusted = bundles.map((path) => [path, this.authority]);
    return Object.fromEntries([...trusted, [curlConfigPath, this.#curlConfig()]]);
  }

  /** From now on this node is told when how it reaches the outside changes. */
  add(node: Pick<StandInNode, 'writeFile'>): void {
    this.#nodes.push(node);
  }

  /** Changes how the nodes reach the outside. */
  async allow(mode: EgressMode): Promise<void> {
    this.#mode = mode;
    const config = this.#curlConfig();
    await Promise.all(
      this.#nodes.map(async (node) => await node.writeFile(curlConfigPath, config)),
    );
  }

  async close(): Promise<void> {
    await this.#close();
  }

  // What curl reads at every start: the ports of real hosts are not ours to listen on.
  #curlConfig(): string {
    if (this.#mode !== 'direct') return '';
    return hosts.map((host) => `connect-to = "${host}:443:127.0.0.1:${this.#port}"\n`).join('');
  }

  #tunnel(target: string, socket: Duplex): void {
    this.proxied.push(target);
    socket.on('error', () => socket.destroy());
    const isKnown = hosts.some((host) => target === `${host}:443`);
    if (this.#mode === 'none' || !isKnown) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const there = connect(this.#port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('close', () => there.destroy());
  }
}

function cached<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => await (made ??= make());
}

// The archive of an etcd release: the script wants a server in it, which it throws away.
async function etcdRelease(
  directory: string,
  etcdctl: string | undefined,
): Promise<Buffer | undefined> {
  if (etcdctl === undefined) return undefined;
  const name = 'etcd-linux-amd64';
  const content = join(directory, name);
  const archive = `${content}.tar.gz`;
  await mkdir(content, { recursive: true });
  await symlink(etcdctl, join(content, 'etcdctl'));
  await writeFile(join(content, 'etcd'), '');
  const argv = ['--use-compress-program=gzip -1', '-chf', archive, '-C', directory, name];
  await promisify(execFile)('tar', argv);
  const bytes = await readFile(archive);
  await rm(archive);
  return bytes;
}

async function listen(server: Server | ProxyServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port on loopback');
  return address.port;
}
