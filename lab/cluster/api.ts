import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

import { LabError } from '../lab-error.ts';
import { apiServerUrl, statePath } from '../place.ts';

/** Runs `work` with the lab's API server, as admin with the keys that `up` made. */
export async function withApi<T>(work: (api: Api) => Promise<T>): Promise<T> {
  const read = (name: string): string => readFileSync(statePath('pki', name), 'utf8');
  const api = new Api({
    ca: read('apiserver-signer.crt'),
    cert: read('admin.crt'),
    key: read('admin.key'),
  });
  try {
    return await work(api);
  } finally {
    api.close();
  }
}

/** What the lab needs of the API server. */
export class Api {
  readonly #agent: Agent;

  constructor(credentials: { readonly ca: string; readonly cert: string; readonly key: string }) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 8, ...credentials });
  }

  get(path: string): Promise<unknown> {
    return this.#send('GET', path);
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#send('POST', path, 'application/json', body);
  }

  /** Makes the object at this path, or makes it so. Safe to repeat. */
  apply(path: string, object: object): Promise<unknown> {
    const query = 'fieldManager=lab&force=true';
    return this.#send('PATCH', `${path}?${query}`, 'application/apply-patch+yaml', object);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(method: string, path: string, type?: string, body?: object): Promise<unknown> {
    const text = body && JSON.stringify(body);
    const headers = type === undefined ? {} : { 'Content-Type': type };
    const { status, answer } = await this.#exchange({ method, path, headers }, text);
    if (status >= 200 && status < 300) return parsed(answer);
    const said = answer.slice(0, 500).replaceAll(/\s+/g, ' ');
    throw new LabError(`the API server answered ${method} ${path}: ${status} ${said}`);
  }

  #exchange(
    {
      method,
      path,
      headers,
    }: { method: string; path: string; headers: Readonly<Record<string, string>> },
    body?: string,
  ): Promise<{ status: number; answer: string }> {
    const options = { method, agent: this.#agent, timeout: 30_000, headers };
    return new Promise((resolve, reject) => {
      const sent = request(`${apiServerUrl}${path}`, options, (response) => {
        const status = response.statusCode ?? 0;
        let answer = '';
        response.setEncoding('utf8').on('data', (text: string) => (answer += text));
        response.on('end', () => resolve({ status, answer })).on('error', reject);
      });
      sent.on('error', reject).on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
      sent.end(body);
    });
  }
}

/** `/readyz` and its like answer in plain words. */
function parsed(answer: string): unknown {
  return answer.startsWith('{') ? JSON.parse(answer) : answer;
}
