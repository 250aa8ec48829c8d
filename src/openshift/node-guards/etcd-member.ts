import { notEvaluated, passed, refused } from './node-guard.ts';
import type { NodeGuard } from './node-guard.ts';

/**
 * How many raft entries a member may lack: healthy ones lack tens, and from 5,000 on etcd itself takes no more writes.
 *
 * @see https://github.com/etcd-io/etcd/blob/v3.6.0/server/etcdserver/v3_server.go
 */
const mostBehind = 1_000;

/**
 * The member behind this node is a voting one, and has in its database what the leader has: etcd serves snapshots from
 * learners and lagging members too.
 */
export const etcdMember: NodeGuard = ({ etcd: answer }) => {
  if (answer.outcome !== 'answered') {
    return answer.outcome === 'silent' ? refused(answer.reason) : notEvaluated(answer.reason);
  }
  const { etcd, health } = answer;
  const own = etcd.members.find(({ id }) => id === etcd.member);
  const name = own?.name || etcd.member;
  if (own?.isLearner) return refused(`${name} is a learner, at raft index ${own.raftIndex}`);
  const leader = etcd.members.find(({ id }) => id === etcd.leader);
  if (leader?.raftIndex === undefined) {
    return notEvaluated(`${name} has applied ${health.appliedIndex}; the leader did not say`);
  }
  const evidence = `${name} has applied ${health.appliedIndex}, ${leader === own ? 'it is the leader, at' : `leader ${leader.name} is at`} ${leader.raftIndex}`;
  return leader.raftIndex - health.appliedIndex <= mostBehind
    ? passed(evidence)
    : refused(`${evidence}, expected at most ${mostBehind} entries between them`);
};
