import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import type { Lab } from '../../lab/index.ts';

/** Writes to etcd all the time, as a cluster that is in use does. */
export interface Writer {
  /** Every key that etcd has acknowledged so far, with its value; oldest first. */
  acknowledged(): ReadonlyMap<string, string>;
  /** @throws what a write failed with */
  stop(): Promise<void>;
}

/** Starts one key after the other, each once the one before it was acknowledged. */
export function startWriter({ etcd }: Lab): Writer {
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(etcd.caFile),
    cert: readFileSync(etcd.certFile),
    key: readFileSync(etcd.keyFile),
  });
  const put = async (key: string, value: string): Promise<void> => {
    const sent = request(`${etcd.endpoint}/v3/kv/put`, { method: 'POST', agent, timeout: 10_000 });
    sent.on('timeout', () => sent.destroy(new Error('etcd: no answer within 10 s')));
    sent.end(JSON.stringify({ key: base64(key), value: base64(value) }));
    const [response] = await once(sent, 'response');
    const answer = await text(response);
    if (response.statusCode !== 200) throw new Error(`etcd refused a key: ${answer}`);
  };

  const acknowledged = new Map<string, string>();
  const stopping = new AbortController();
  const writing = (async () => {
    for (let number = 1; !stopping.signal.aborted; number += 1) {
      const key = `/written/${String(number).padStart(6, '0')}`;
      const value = `value ${number} of ${new Date().toISOString()}`;
      await put(key, value);
      acknowledged.set(key, value);
      // The machine has others to serve.
      await delay(5);
    }
  })();
  writing.catch(() => {});
  return {
    acknowledged: () => new Map(acknowledged),
    async stop() {
      stopping.abort();
      await writing;
      agent.destroy();
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
