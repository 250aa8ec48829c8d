import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { describe, expect, test } from 'vitest';

import { clusterApi } from '../../src/kubernetes/api.ts';
import {
  canary,
  failureOf,
  noAbort,
  seenOf,
  serveApi,
  serveSilence,
  statusBody,
} from './test-server.ts';

const lease = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespace: 'etcd-backup',
  name: 'etcd-backup',
};
const node = { group: '', version: 'v1', plural: 'nodes', name: 'master-0' };
const pods = { group: '', version: 'v1', plural: 'pods', namespace: 'etcd-backup' };

const answer = (status: number, body: string) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(status).end(body);

describe('reading', () => {
  test('asks for the object where it is, with the credentials, and returns it as it is', async () => {
    const asked: string[] = [];
    await using server = await serveApi((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end('{"kind":"Any","extra":1}');
    });
    const api = clusterApi(server.connection);
    expect(await api.readObject(lease, noAbort())).toEqual({ kind: 'Any', extra: 1 });
    await api.readObject(node, noAbort());
    expect(asked).toEqual([
      `GET /apis/coordination.k8s.io/v1/namespaces/etcd-backup/leases/etcd-backup Bearer ${canary}`,
      `GET /api/v1/nodes/master-0 Bearer ${canary}`,
    ]);
  });

  test('what is not there is undefined, and a list of what is not there is empty', async () => {
    await using server = await serveApi(answer(404, statusBody(404, 'not found')));
    const api = clusterApi(server.connection);
    expect(await api.readObject(lease, noAbort())).toBeUndefined();
    expect(await api.listObjects(pods, noAbort())).toEqual([]);
  });

  test('lists every page', async () => {
    const asked: (string | null)[] = [];
    await using server = await serveApi((request, response) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      asked.push(query.get('labelSelector'));
      const page = query.get('continue') ?? '1';
      const next = page === '3' ? {} : { continue: String(Number(page) + 1) };
      response.end(JSON.stringify({ metadata: next, items: [page] }));
    });
    const list = { ...pods, labelSelector: 'a=b,c' };
    expect(await clusterApi(server.connection).listObjects(list, noAbort())).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(asked).toEqual(['a=b,c', 'a=b,c', 'a=b,c']);
  });

  test("tells the API server's time", async () => {
    await using server = await serveApi((_request, response) => {
      response.setHeader('date', 'Sun, 06 Nov 2044 08:49:37 GMT').end('{}');
    });
    const api = clusterApi(server.connection);
    await api.readObject(node, noAbort());
    expect(api.now().toISOString()).toMatch(/^2044-11-06T08:49:/);
  });

  test.each(['..', '.', '', 'a/b', 'a%2fb'])('a name like "%s" reaches no server', async (name) => {
    await using server = await serveApi(answer(200, '{}'));
    await expect(
      clusterApi(server.connection).readObject({ ...node, name }, noAbort()),
    ).rejects.toMatchObject({ type: 'ConfigInvalid' });
  });
});

describe('what the API server refuses', () => {
  const forbidden =
    'leases.coordination.k8s.io is forbidden: User "u" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "etcd-backup"';
  const refused: [number, string, object][] = [
    [401, 'Unauthorized', { type: 'ClusterDenied', nonRetryable: true }],
    [403, forbidden, { type: 'ClusterDenied', nonRetryable: true }],
    [429, 'Too many requests', { type: 'ClusterUnreachable', nonRetryable: false }],
    [500, 'etcdserver: leader changed', { type: 'ClusterUnreachable', nonRetryable: false }],
    [503, 'apiserver is shutting down', { type: 'ClusterUnreachable', nonRetryable: false }],
    [400, 'bad', { type: 'UnexpectedError' }],
  ];
  test.each(refused)('with %i is typed and says what it said', async (code, said, failure) => {
    await using server = await serveApi(answer(code, statusBody(code, said)));
    const api = clusterApi(server.connection);
    const error = await failureOf(api.readObject(lease, noAbort()));
    expect(error).toMatchObject({
      ...failure,
      message: expect.stringContaining(
        `get leases.coordination.k8s.io: ${code} "${said.slice(0, 200)}`,
      ),
    });
    expect(error.message).not.toContain('\n');
    expect(seenOf(error)).not.toContain(canary);
  });

  test('for want of a right names the right to grant', async () => {
    await using server = await serveApi(answer(403, statusBody(403, forbidden)));
    await expect(clusterApi(server.connection).listObjects(pods, noAbort())).rejects.toMatchObject({
      details: [{ nextStep: "Grant list on pods in namespace etcd-backup to the worker's user." }],
    });
  });
});

describe('writing', () => {
  const outcomes: [number, string, object][] = [
    [201, '{"a":1}', { outcome: 'done', object: { a: 1 } }],
    [404, statusBody(404, 'namespaces "etcd-backup" not found'), { outcome: 'absent' }],
    [409, statusBody(409, 'already exists'), { outcome: 'conflict' }],
    [
      403,
      statusBody(
        403,
        'pods "p" is forbidden: violates PodSecurity "restricted:latest":\n privileged',
      ),
      {
        outcome: 'rejected',
        reason: 'pods "p" is forbidden: violates PodSecurity "restricted:latest": privileged',
      },
    ],
    [
      422,
      statusBody(422, 'Pod "p" is invalid'),
      { outcome: 'rejected', reason: 'Pod "p" is invalid' },
    ],
  ];
  test.each(outcomes)('answered with %i has its outcome', async (code, body, result) => {
    await using server = await serveApi(answer(code, body));
    expect(await clusterApi(server.connection).createObject(pods, {}, noAbort())).toEqual(result);
  });

  test('without the right to is denied, not rejected', async () => {
    const said = 'pods is forbidden: User "u" cannot create resource "pods" in API group ""';
    await using server = await serveApi(answer(403, statusBody(403, said)));
    await expect(
      clusterApi(server.connection).createObject(pods, {}, noAbort()),
    ).rejects.toMatchObject({
      type: 'ClusterDenied',
      details: [
        { nextStep: "Grant create on pods in namespace etcd-backup to the worker's user." },
      ],
    });
  });

  test('sends the object, and deletes no other one than was meant', async () => {
    const asked: unknown[] = [];
    await using server = await serveApi(async (request, response) => {
      const { method, url } = request;
      asked.push([method, url, JSON.parse(await text(request)) as unknown]);
      response.end('{}');
    });
    const api = clusterApi(server.connection);
    await api.createObject(pods, { name: 'ä' }, noAbort());
    await api.replaceObject(lease, { b: 1 }, noAbort());
    await api.deleteObject({ ...pods, name: 'p' }, { uid: 'u', resourceVersion: '7' }, noAbort());
    const namespace = '/api/v1/namespaces/etcd-backup';
    const leases = '/apis/coordination.k8s.io/v1/namespaces/etcd-backup/leases';
    expect(asked).toEqual([
      ['POST', `${namespace}/pods`, { name: 'ä' }],
      ['PUT', `${leases}/etcd-backup`, { b: 1 }],
      [
        'DELETE',
        `${namespace}/pods/p`,
        {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: 'u', resourceVersion: '7' },
        },
      ],
    ]);
  });
});

describe('a server that is not the API', () => {
  test.each([
    ['answers with a page', answer(200, '<html>')],
    ['answers with something else', answer(302, '')],
    ['hangs up', (request: IncomingMessage) => void request.socket.destroy()],
    [
      'hangs up in the middle',
      (_: IncomingMessage, response: ServerResponse) =>
        void response
          .writeHead(200, { 'content-length': '100' })
          .write('{', () => response.destroy()),
    ],
  ])('because it %s is not reached', async (_what, handler) => {
    await using server = await serveApi(handler);
    await expect(clusterApi(server.connection).readObject(node, noAbort())).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      nonRetryable: false,
      message: expect.stringContaining(`server=${server.host}`),
    });
  });

  test('because nobody listens is not reached', async () => {
    await using server = await serveSilence();
    await server.stop();
    await expect(clusterApi(server.connection).readObject(node, noAbort())).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('because it says nothing is given up', async () => {
    await using server = await serveSilence();
    await expect(
      clusterApi(server.connection, 30).readObject(node, noAbort()),
    ).rejects.toMatchObject({
      type: 'ClusterUnreachable',
      message: expect.stringContaining('no answer within 0.03 seconds'),
    });
  });

  test('is left when the signal aborts, with its reason', async () => {
    const reason = new Error('cancelled');
    const abort = new AbortController();
    await using server = await serveSilence(() => abort.abort(reason));
    const api = clusterApi(server.connection);
    await expect(api.readObject(node, abort.signal)).rejects.toBe(reason);
    await expect(api.readObject(node, abort.signal)).rejects.toBe(reason);
  });
});
