import type { EtcdMember } from '../../src/contracts/index.ts';
import type { EtcdAnswer, EtcdHealth } from '../../src/openshift/etcd-answer.ts';
import { evaluateNodeGuards, requireFit } from '../../src/openshift/evaluate-node-guards.ts';
import type { NodeGuardContext } from '../../src/openshift/node-guards/node-guard.ts';

export const gib = 1024 ** 3;
export const member = (index: number, changes: Partial<EtcdMember> = {}): EtcdMember => ({
  id: `a${index}`,
  name: `master-${index}`,
  peerURLs: [`https://10.0.0.${index}:2380`],
  isLearner: false,
  raftIndex: 50_000,
  ...changes,
});

interface Etcd {
  readonly members?: readonly EtcdMember[];
  readonly leader?: string | undefined;
  /** By index of the member. */
  readonly unhealthy?: readonly number[];
  readonly alarms?: EtcdHealth['alarms'];
  readonly appliedIndex?: number;
}

/** What etcd of three members says, asked on master-0; master-1 leads. */
export function answer(changes: Etcd = {}): EtcdAnswer {
  const { members = [0, 1, 2].map((index) => member(index)), unhealthy = [] } = changes;
  const leader = 'leader' in changes ? changes.leader : members.length === 1 ? 'a0' : 'a1';
  const alarms = 'alarms' in changes ? changes.alarms : [];
  return {
    outcome: 'answered',
    etcd: {
      members,
      member: 'a0',
      ...(leader === undefined ? {} : { leader }),
      version: '3.5.9',
      databaseSize: gib,
    },
    health: {
      unhealthy: unhealthy.map((index) => ({
        id: `a${index}`,
        name: `master-${index}`,
        observed: 'connection refused',
      })),
      ...(alarms === undefined ? {} : { alarms }),
      appliedIndex: changes.appliedIndex ?? 50_000,
    },
  };
}

export const fit: NodeGuardContext = {
  missingTools: [],
  space: { free: 50 * gib, total: 100 * gib, database: gib, peakDisk: 2 },
  script: { release: '4.13', writesCombinedFile: false },
  policy: { stores: { snapshot: 'primary', staticKubeResources: 'vault' } },
  etcd: answer(),
  encryption: { type: 'aescbc' },
  keys: { keyNames: ['2', '1'], configSha256: '0'.repeat(64) },
};
export const voters = (count: number): readonly EtcdMember[] =>
  Array.from({ length: count }, (_, index) => member(index));
export const stores = { snapshot: 'primary', staticKubeResources: 'primary' };
export const oneStore = { policy: { stores } };
export const oneFile = { release: '4.3.0', writesCombinedFile: true };

export const evaluate = (changes: Partial<NodeGuardContext>, ...overrides: readonly string[]) =>
  evaluateNodeGuards(
    { ...fit, ...changes },
    overrides.map((guard) => ({ guard, reason: 'drill 7' })),
  );
export const finding = (guard: string, changes: Partial<NodeGuardContext>) =>
  evaluate(changes).find((each) => each.guard === guard);
export const refusal = (changes: Partial<NodeGuardContext>): unknown => {
  try {
    requireFit(evaluate(changes), 'master-0');
    return undefined;
  } catch (error) {
    return error;
  }
};
