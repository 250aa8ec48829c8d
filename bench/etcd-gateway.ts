import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

import type { Lab } from '../lab/index.ts';

/** The lab's etcd through its JSON gateway: connections that stay open, one request at a time on each. */
export interface EtcdGateway extends Disposable {
  /** Resolves once etcd has acknowledged all of the keys, in one transaction. */
  put(objects: readonly { readonly key: string; readonly value: string }[]): Promise<void>;
}

/** Opens no connection yet. Its calls fail with `Error` when etcd refuses or says nothing for 30 seconds. */
export function openEtcdGateway({ etcd }: Lab): EtcdGateway {
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(etcd.caFile),
    cert: readFileSync(etcd.certFile),
    key: readFileSync(etcd.keyFile),
  });
  return {
    async put(objects) {
      const success = objects.map(({ key, value }) => ({
        requestPut: { key: base64(key), value: base64(value) },
      }));
      const options = { method: 'POST', agent, timeout: 30_000 };
      const sent = request(`${etcd.endpoint}/v3/kv/txn`, options);
      sent.on('timeout', () => sent.destroy(new Error('etcd: no answer within 30 s')));
      sent.end(JSON.stringify({ success }));
      const [response] = await once(sent, 'response');
      const answer = await text(response);
      if (response.statusCode !== 200) throw new Error(`etcd refused keys: ${answer}`);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
