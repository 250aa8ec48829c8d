import { setTimeout } from 'node:timers/promises';

import type { NodeShell } from '../node/node-shell.ts';
import { callEtcd, curlEnding, nobodyAnswered } from './call-etcd.ts';
import type { EtcdCall, EtcdReply } from './call-etcd.ts';
import type { EtcdAnswer } from './etcd-answer.ts';
import { clientUrlPattern, findEtcdAccess } from './etcd-access.ts';
import type { EtcdAccess } from './etcd-access.ts';
import { alarmListSchema, memberListSchema, parseAnswer, statusSchema } from './etcd-json.ts';
import type { ListedMember, MemberStatus } from './etcd-json.ts';

/**
 * Asks etcd's own JSON gateway, on the node, for its members, their raft indexes and health, the leader, the alarms and the
 * size of the database: with the node's curl and the client certificate that lies there. Only the answers leave the node.
 *
 * Reads only; safe to repeat. The list of alarms passes through raft, as etcd's own health check does. While etcd elects a
 * leader it is asked a second time.
 *
 * @see https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
 */
export async function askEtcd(shell: NodeShell, signal: AbortSignal): Promise<EtcdAnswer> {
  const access = await findEtcdAccess(shell, signal);
  if ('missing' in access) return unknown(`the node does not have ${access.missing}`);
  const answer = await askAt(shell, access, signal);
  if (isSettled(answer)) return answer;
  await setTimeout(electionMs, undefined, { signal });
  return await askAt(shell, access, signal);
}

/** Longer than an election takes. @see https://etcd.io/docs/v3.6/tuning/#time-parameters */
const electionMs = 3_000;

function isSettled(answer: EtcdAnswer): boolean {
  if (answer.outcome !== 'answered') return true;
  const { etcd, health } = answer;
  const leader = etcd.members.find(({ id }) => id === etcd.leader);
  return leader?.raftIndex !== undefined && health.alarms !== undefined;
}

async function askAt(
  shell: NodeShell,
  access: EtcdAccess,
  signal: AbortSignal,
): Promise<EtcdAnswer> {
  for (const api of apis) {
    const gateway: Gateway = {
      access,
      ask: async (questions) =>
        await callEtcd(
          shell,
          access,
          questions.map(([endpoint, about]) => call(`${endpoint}/${api}`, about)),
          signal,
        ),
    };
    const { endpoint } = access;
    const [own, ...more] = await gateway.ask([
      [endpoint, 'status'],
      [endpoint, 'members'],
      [endpoint, 'alarms'],
    ]);
    if (own?.exitCode !== httpError) return await read(gateway, own, more);
  }
  return unknown('etcd does not serve its JSON gateway');
}

/** Of etcd since 3.4, and of 3.3, which answers 404 to the other. */
const apis = ['v3', 'v3beta'] as const;

/** curl's exit code for an answer of 400 and above. */
const httpError = 22;

type Question = readonly [endpoint: string, about: 'status' | 'members' | 'alarms'];

/** etcd's gateway under one of its paths, asked from the node. */
interface Gateway {
  readonly access: EtcdAccess;
  readonly ask: (questions: readonly Question[]) => Promise<readonly EtcdReply[]>;
}

function call(base: string, about: Question[1]): EtcdCall {
  if (about === 'members') return { url: `${base}/cluster/member/list`, body: '{}' };
  if (about === 'status') return { url: `${base}/maintenance/status`, body: '{}' };
  return { url: `${base}/maintenance/alarm`, body: '{"action":"GET"}' };
}

async function read(
  gateway: Gateway,
  own: EtcdReply | undefined,
  more: readonly EtcdReply[],
): Promise<EtcdAnswer> {
  if (own?.exitCode !== 0) {
    const code = own?.exitCode ?? -1;
    const reason = `etcd at ${gateway.access.endpoint}: ${curlEnding(code)}`;
    return { outcome: nobodyAnswered(code) ? 'silent' : 'unknown', reason };
  }
  const status = parseAnswer(statusSchema, own.line);
  // A learner answers for nobody but itself.
  const [listed, alarmed] = status?.isLearner === true ? await askOthers(gateway) : more;
  if (listed === undefined) {
    return { outcome: 'silent', reason: 'etcd on this node is a learner; no other member answers' };
  }
  const list = parseAnswer(memberListSchema, listed.line);
  const self = list?.members.find(({ ID }) => ID === status?.header.member_id);
  if (list === undefined || status === undefined || self === undefined) {
    return unknown('etcd answered with something that its JSON gateway does not say');
  }
  const members = await askMembers(gateway, { ...list, self, status });
  return answered(members, self, parseAnswer(alarmListSchema, alarmed?.line ?? '')?.alarms);
}

/** The list of members and that of alarms, from the first of the other members that answers. */
async function askOthers({ access, ask }: Gateway): Promise<readonly EtcdReply[]> {
  const replies = await ask(
    access.others.flatMap((endpoint): readonly Question[] => [
      [endpoint, 'members'],
      [endpoint, 'alarms'],
    ]),
  );
  const first = replies.findIndex(({ exitCode }, index) => index % 2 === 0 && exitCode === 0);
  return first === -1 ? [] : replies.slice(first, first + 2);
}

interface AskedMember {
  readonly member: ListedMember;
  readonly status?: MemberStatus;
  /** Why there is no status. */
  readonly observed: string;
}

/** Asks every member for its status at once, so that raft indexes can be compared. */
async function askMembers(
  { access, ask }: Gateway,
  {
    members,
    self,
    status,
  }: {
    readonly members: readonly ListedMember[];
    readonly self: ListedMember;
    readonly status: MemberStatus;
  },
): Promise<readonly AskedMember[]> {
  if (members.length === 1) return [{ member: self, status, observed: '' }];
  const asked = members.flatMap((member) => {
    const url = member.clientURLs.find((each) => clientUrlPattern.test(each));
    const endpoint = member === self ? access.endpoint : url;
    return endpoint === undefined ? [] : [{ member, endpoint }];
  });
  const replies = await ask(asked.map(({ endpoint }): Question => [endpoint, 'status']));
  return members.map((member) => {
    const reply = replies[asked.findIndex((each) => each.member === member)];
    if (reply === undefined) return { member, observed: 'it has not started' };
    if (reply.exitCode !== 0) return { member, observed: curlEnding(reply.exitCode) };
    const status = parseAnswer(statusSchema, reply.line);
    // An address that another member has taken over says nothing of this one.
    return status?.header.member_id === member.ID
      ? { member, status, observed: '' }
      : { member, observed: 'another member answers at its address' };
  });
}

function answered(
  members: readonly AskedMember[],
  self: ListedMember,
  alarms: readonly { readonly memberID: string; readonly alarm: string }[] | undefined,
): EtcdAnswer {
  const status = members.find(({ member }) => member === self)?.status;
  if (status === undefined) return unknown('etcd on this node answered once, and then no more');
  const unhealthy = members.flatMap(({ member: { ID, name }, status, observed }) => {
    if (status?.leader === none) return [{ id: ID, name, observed: 'it knows no leader' }];
    return status === undefined ? [{ id: ID, name, observed }] : [];
  });
  return {
    outcome: 'answered',
    etcd: {
      members: members.map(({ member, status }) => ({
        id: member.ID,
        name: member.name,
        peerURLs: member.peerURLs,
        isLearner: member.isLearner,
        ...(status === undefined ? {} : { raftIndex: status.raftIndex }),
      })),
      member: self.ID,
      ...(status.leader === none ? {} : { leader: status.leader }),
      version: status.version,
      databaseSize: status.dbSize,
    },
    health: {
      unhealthy,
      ...(alarms === undefined
        ? {}
        : { alarms: alarms.map(({ memberID, alarm }) => ({ member: memberID, alarm })) }),
      appliedIndex: status.raftAppliedIndex ?? status.raftIndex,
    },
  };
}

/** The id that is no member's. */
const none = '0';

function unknown(reason: string): EtcdAnswer {
  return { outcome: 'unknown', reason };
}
