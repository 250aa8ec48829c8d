import { FakeContainer, refusal } from './fake-container.ts';
import type { AzureOperation, ContainerHabits } from './fake-container.ts';
import { startFaultyServer } from './faulty-server.ts';
import type { FaultyServer } from './faulty-server.ts';

/** A server of the account `etcd` and its one container, `backups`, that fails on request. */
export interface FaultyAzure extends FaultyServer<AzureOperation> {
  readonly container: FakeContainer;
}

/** Starts one on loopback; without faults it is as strict as Azure, but for its habits. */
export async function startFaultyAzure(habits: ContainerHabits = {}): Promise<FaultyAzure> {
  const container = new FakeContainer(habits);
  const server = await startFaultyServer({
    root: '/etcd/backups',
    elsewhere: refusal(404, 'ContainerNotFound'),
    succeeded: { status: 201 },
    operationOf,
    refusal,
    answer: (request) => container.answer(request),
  });
  return { ...server, container };
}

/** @see https://learn.microsoft.com/en-us/rest/api/storageservices/operations-on-blobs */
function operationOf(
  method: string,
  query: URLSearchParams,
  key: string,
): AzureOperation | undefined {
  const found: Readonly<Record<string, AzureOperation>> =
    key === ''
      ? { 'GET list': 'List Blobs' }
      : {
          'GET ': 'Get Blob',
          'GET blocklist': 'Get Block List',
          'HEAD ': 'Get Blob Properties',
          'PUT ': 'Put Blob',
          'PUT block': 'Put Block',
          'PUT blocklist': 'Put Block List',
        };
  return found[`${method} ${query.get('comp') ?? ''}`];
}
