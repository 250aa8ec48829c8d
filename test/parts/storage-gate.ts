import { once } from 'node:events';
import { request as ask } from 'node:http';
import { createServer } from 'node:https';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { certificateAuthority, serverCertificate } from '../../src/testing/certificates.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory.ts';

/** A part as it came by. */
interface SeenPart {
  readonly path: string;
  readonly sender: 'node' | 'worker';
}

/** Stands before a storage server, with a certificate of its own, and sees who sends what. */
export interface StorageGate extends AsyncDisposable {
  readonly endpoint: string;
  /** A PEM file with the authority of its certificate. */
  readonly caFile: string;
  readonly parts: SeenPart[];
  /** Keeps the next part of an object waiting until `release` is called; `held` resolves once it is there. */
  hold(name: RegExp): { readonly held: Promise<void>; release(): void };
}

export async function startStorageGate(storage: string): Promise<StorageGate> {
  const directory = await temporaryDirectory('gate');
  const authority = await certificateAuthority('storage');
  const { certificate, key } = await serverCertificate(authority);
  const caFile = join(directory, 'ca');
  await writeFile(caFile, authority.certificate);
  const parts: SeenPart[] = [];
  let next:
    | { readonly name: RegExp; readonly there: () => void; readonly released: Promise<void> }
    | undefined;

  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const pass = async () => {
      const { pathname, searchParams } = new URL(url, storage);
      if (method === 'PUT' && searchParams.has('partNumber')) {
        const isNode = headers['user-agent']?.startsWith('curl/') === true;
        parts.push({ path: pathname, sender: isNode ? 'node' : 'worker' });
        const holding = next?.name.test(pathname) === true ? next : undefined;
        if (holding !== undefined) next = undefined;
        holding?.there();
        await holding?.released;
        // Who was to send it has gone meanwhile.
        if (incoming.destroyed) return;
      }
      // The signature is of the gate's own name: it goes on as it came.
      const there = ask(new URL(url, storage), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      there.on('error', () => outgoing.destroy());
      incoming.on('close', () => {
        if (!incoming.complete) there.destroy();
      });
      incoming.pipe(there);
    };
    pass().catch(() => outgoing.destroy());
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `https://127.0.0.1:${port}`,
    caFile,
    parts,
    hold: (name) => {
      const there = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      next = { name, there: there.resolve, released: released.promise };
      return { held: there.promise, release: released.resolve };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(directory, { recursive: true });
    },
  };
}
