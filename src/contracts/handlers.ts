import type { GuardFinding } from './cluster-facts.ts';
import type { Override } from './request.ts';
import type { Leftover } from './result.ts';
import type { Step } from './steps.ts';

/** A step's row in what the `status` query answers. */
export interface StepStatus {
  readonly step: Step;
  readonly take?: number;
  readonly state: 'scheduled' | 'completed' | 'failed' | 'cancelled';
  /** ISO 8601, UTC. */
  readonly scheduledAt: string;
  readonly finishedAt?: string;
}

/** What the `status` query answers. Fields are only ever added. */
export interface RunStatus {
  readonly version: 1;
  readonly id: string;
  readonly cluster: string;
  readonly nodeName?: string;
  readonly outcome: 'running' | 'completed' | 'completedWithLeftovers' | 'failed' | 'cancelled';
  readonly steps: readonly StepStatus[];
  /** What the run waits for, while it does. */
  readonly wait?: {
    /** One line: which guards, or what else. */
    readonly reason: string;
    /** ISO 8601, UTC. */
    readonly until: string;
    readonly guards: readonly GuardFinding[];
  };
  readonly leftovers: readonly Leftover[];
}

/** Ends a wait and evaluates the guards again. Rejected while nothing waits. */
export interface RecheckRequest {
  readonly overrides?: readonly Override[];
  readonly reason: string;
  readonly who: string;
}

/** What the update `recheck` answers, once the guards were evaluated again. */
export interface RecheckResult {
  readonly outcome: 'ready' | 'waiting' | 'refused';
  readonly guards: readonly GuardFinding[];
  /** What refused; absent otherwise. */
  readonly observed?: string;
}

/** Handler definitions as plain objects: their names are the wire. */
export const handlers = { status: { name: 'status' }, recheck: { name: 'recheck' } } as const;

/** What the memo `etcdBackup` of a closed run says. */
export interface BackupMemo {
  readonly outcome: RunStatus['outcome'];
  readonly location?: string;
  readonly bytes?: number;
  /** The failure's type. */
  readonly failure?: string;
  /** How many things of ours wait for a person. */
  readonly leftovers?: number;
}
