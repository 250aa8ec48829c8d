import { notEvaluated, passed, refused, refusedEverywhere } from './node-guard.ts';
import type { NodeGuard } from './node-guard.ts';

/** What OpenShift runs; two members have no quorum as soon as one of them goes. */
const votingMembers = [1, 3, 4, 5];

/** Alarms under which etcd takes no writes, or its data is not what it should be. */
const graveAlarms = new Set(['NOSPACE', 'CORRUPT']);

/**
 * etcd has a leader, a majority of healthy voting members, and no alarm. A member that is not well is named, and refuses
 * nothing while the others have a majority: that is when a backup is wanted most. A member that is cut off sees no majority
 * where others do; what a majority says is so for all of them.
 *
 * @see https://github.com/openshift/openshift-docs/blob/000727a35b861738de90309fa101f15ea4c2e7e0/modules/restore-replace-stopped-etcd-member.adoc
 */
export const etcdQuorum: NodeGuard = ({ etcd: answer }) => {
  if (answer.outcome !== 'answered') return notEvaluated(answer.reason);
  const { etcd, health } = answer;
  const voting = etcd.members.filter(({ isLearner }) => !isLearner);
  const healthy = voting.filter(({ id }) => health.unhealthy.every((member) => member.id !== id));
  const majority = Math.floor(voting.length / 2) + 1;
  const unwell = health.unhealthy.map(({ id, name, observed }) => `${name || id}: ${observed}`);
  const evidence = [
    `${healthy.length} of ${voting.length} voting members are healthy`,
    ...unwell,
    ...(health.alarms ?? []).map(({ alarm, member }) => `alarm ${alarm} of member ${member}`),
  ].join('; ');

  if (etcd.leader === undefined) return refused(`no leader; ${evidence}`);
  if (healthy.length < majority) return refused(`quorum lost, expected ${majority}; ${evidence}`);
  if (!votingMembers.includes(voting.length)) {
    return refusedEverywhere(`expected ${votingMembers.join(', ')} voting members; ${evidence}`);
  }
  if (health.alarms?.some(({ alarm }) => graveAlarms.has(alarm)))
    return refusedEverywhere(evidence);
  if (health.alarms === undefined) return notEvaluated(`no answer about alarms; ${evidence}`);
  return passed(evidence);
};
