import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { etcdCertificates } from './etcd-certificates.ts';
import type { EtcdCertificates } from './etcd-certificates.ts';
import { startEtcdProcess } from './etcd-process.ts';
import type { EtcdProcess } from './etcd-process.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A real etcd on loopback, with the certificates that its clients need. */
export interface RunningEtcd {
  /** Where tests reach the first member, without TLS: `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  /** The first member's data directory; the database is `member/snap/db` in it. */
  readonly dataDirectory: string;
  /** The first member's process. */
  readonly pid: number;
  /** In the order of the nodes whose members they are; learners last. */
  readonly members: readonly RunningMember[];
  readonly certificates: EtcdCertificates;
  /** Ends the processes and removes their data; safe to repeat. */
  close(): Promise<void>;
}

/** One member of a real etcd. */
export interface RunningMember {
  readonly name: string;
  /**
   * As nodes reach it, with a client's certificate: `https://127.0.0.<n>:<port>`, an address of its own; at 127.0.0.1 the
   * port is the same.
   */
  readonly clientUrl: string;
  readonly dataDirectory: string;
  /** Ends its process at once; the others live on. Safe to repeat. */
  kill(): Promise<void>;
}

export interface StartEtcdOptions {
  /** The etcd binary. */
  readonly etcd: string;
  /** How many members vote. @default 1 */
  readonly members?: 1 | 2 | 3 | 4 | 5;
  /** How many learners there are beside them; etcd allows one. @default 0 */
  readonly learners?: 0 | 1;
  /** @default 8 GiB, as on OpenShift */
  readonly quotaBytes?: number;
}

const attempts = 3;

/**
 * Starts a real etcd on free ports of loopback, with a directory of its own, and waits until it serves. Clients without a
 * certificate reach it at `endpoint` only.
 *
 * On Linux it also ends when this process is killed. More than one member needs Linux: each has an address of its own.
 *
 * @throws `Error` with what etcd wrote last, when it does not serve within 30 seconds
 */
export async function startEtcd(options: StartEtcdOptions): Promise<RunningEtcd> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      // Somebody else may have taken the port between choosing and listening.
      if (attempt === attempts || !String(error).includes('address already in use')) throw error;
    }
  }
}

/** Where one member listens. */
interface Seat {
  readonly name: string;
  readonly endpoint: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly dataDirectory: string;
}

async function start(options: StartEtcdOptions): Promise<RunningEtcd> {
  const { etcd, members = 1, learners = 0, quotaBytes = 8 * 1024 ** 3 } = options;
  const directory = await temporaryDirectory('etcd');
  const processes: EtcdProcess[] = [];
  const close = async () => {
    await Promise.all(processes.map(async (process) => await process.kill()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const seats: Seat[] = [];
    for (let index = 0; index < members + learners; index++) {
      seats.push(await seat(directory, index));
    }
    const addresses = seats.map((_, index) => addressOf(index));
    const { certificates, argv } = await etcdCertificates(directory, addresses);
    const run = async (own: Seat, cluster: readonly Seat[], state: 'new' | 'existing') => {
      const initial = cluster.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
      const more = [
        ...argv,
        `--initial-cluster=${initial}`,
        `--initial-cluster-state=${state}`,
        `--quota-backend-bytes=${quotaBytes}`,
        // A learner is to be taken before the members have known each other for five seconds.
        '--strict-reconfig-check=false',
      ];
      const started = await startEtcdProcess(etcd, [...listening(own), ...more], own.endpoint);
      processes.push(started);
      return started;
    };

    const voters = seats.slice(0, members);
    // Awaited all, so that none is still starting when another has failed.
    const began = await Promise.allSettled(
      voters.map(async (own) => await run(own, voters, 'new')),
    );
    const voting = began.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    const learning: EtcdProcess[] = [];
    for (const own of seats.slice(members)) {
      await addLearner(seats[0]?.endpoint ?? '', own);
      learning.push(await run(own, seats, 'existing'));
    }
    return running(seats, [...voting, ...learning], { certificates, close });
  } catch (error) {
    await close();
    throw error;
  }
}

function running(
  seats: readonly Seat[],
  processes: readonly EtcdProcess[],
  { certificates, close }: Pick<RunningEtcd, 'certificates' | 'close'>,
): RunningEtcd {
  const [first] = seats;
  return {
    endpoint: first?.endpoint ?? '',
    dataDirectory: first?.dataDirectory ?? '',
    pid: processes[0]?.pid ?? 0,
    members: seats.map(({ name, clientUrl, dataDirectory }, index) => ({
      name,
      clientUrl,
      dataDirectory,
      kill: async () => await processes[index]?.kill(),
    })),
    certificates,
    close,
  };
}

async function seat(directory: string, index: number): Promise<Seat> {
  const name = `master-${index}`;
  const address = addressOf(index);
  return {
    name,
    endpoint: `http://${address}:${await freePort()}`,
    clientUrl: `https://${address}:${await freePort()}`,
    peerUrl: `http://${address}:${await freePort()}`,
    dataDirectory: join(directory, name),
  };
}

function addressOf(index: number): string {
  return `127.0.0.${1 + index}`;
}

function listening({ name, endpoint, clientUrl, peerUrl, dataDirectory }: Seat): readonly string[] {
  const local = `https://127.0.0.1:${new URL(clientUrl).port}`;
  const clientUrls = [...new Set([clientUrl, local, endpoint])];
  return [
    `--name=${name}`,
    `--data-dir=${dataDirectory}`,
    `--listen-client-urls=${clientUrls.join(',')}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    '--log-level=warn',
  ];
}

async function addLearner(endpoint: string, { peerUrl }: Seat): Promise<void> {
  const response = await fetch(`${endpoint}/v3/cluster/member/add`, {
    method: 'POST',
    body: JSON.stringify({ peerURLs: [peerUrl], isLearner: true }),
  });
  if (!response.ok) throw new Error(`etcd took no learner: ${await response.text()}`);
}
