import type { Access, QuietHours, StoreNames, StorePolicy } from '../../contracts/policy.ts';
import type { NodeChoice } from '../choose-node.ts';
import type { ObservedCluster } from '../observed-cluster.ts';

/** What a guard looks at. */
export interface GuardContext {
  /** A field that could not be read throws `NotObserved`: the guard is then not evaluated. */
  readonly observed: ObservedCluster;
  readonly choice: NodeChoice;
  readonly settings: GuardSettings;
  /** The stores of the settings, by name. */
  readonly stores: Readonly<Record<string, StorePlace>>;
  /** What the vendor's script of a version is expected to do. Pure. */
  readonly proposeScript: (openshiftVersion: string) => ProposedScript;
  /** The clock of the API server. */
  readonly now: Date;
}

/** What of the configuration of a cluster the guards go by. */
export interface GuardSettings {
  readonly access: Access;
  /** How the worker reaches the API: whether it is a pod of the very cluster. */
  readonly kubeconfig?: { readonly file: string } | { readonly inCluster: true };
  readonly stores: StoreNames;
  readonly copies?: readonly StoreNames[];
  /** By the store's name. */
  readonly storePolicies?: Readonly<Record<string, StorePolicy>>;
  readonly separateStores: 'auto' | 'always' | 'never';
  readonly beforeFirstCertificateRotation: 'refuse' | 'wait' | 'override';
  readonly quietHours?: QuietHours;
}

/** Where a store is. */
export interface StorePlace {
  /** The same for two names of one place. */
  readonly place: string;
  /** The server behind it; absent where it is on the worker itself. */
  readonly endpoint?: StoreEndpoint;
}

/** A store's server, by its name or address, and by the addresses that the worker knows of it. */
export interface StoreEndpoint {
  readonly host: string;
  /** Empty where the worker cannot resolve the name. */
  readonly addresses: readonly string[];
}

/** The contract that the script of a version is expected to keep, or why there can be no backup. */
export type ProposedScript =
  | {
      /** The first OpenShift version that had it. */
      readonly release: string;
      /** It writes snapshot and static kube resources into one file. */
      readonly writesCombinedFile: boolean;
      /** Newer than every version that was compared. */
      readonly isUnproven: boolean;
      readonly warnings: readonly string[];
    }
  | { readonly refused: string };

/**
 * What a guard found: one line of evidence, and whether the backup may go on. `until` is when it passes by itself;
 * `overridden` is the configuration's word.
 */
export type GuardVerdict =
  | { readonly outcome: 'passed' | 'notEvaluated' | 'overridden'; readonly evidence: string }
  | { readonly outcome: 'refused'; readonly evidence: string; readonly until?: Date }
  | { readonly outcome: 'waiting'; readonly evidence: string; readonly until: Date };

/** One sentence of the manual as a decision, made before any privileged pod exists. Pure. */
export type Guard = (context: GuardContext) => GuardVerdict;

export function passed(evidence: string): GuardVerdict {
  return { outcome: 'passed', evidence };
}

export function refused(evidence: string, until?: Date): GuardVerdict {
  return { outcome: 'refused', evidence, ...(until === undefined ? {} : { until }) };
}

export function waiting(evidence: string, until: Date): GuardVerdict {
  return { outcome: 'waiting', evidence, until };
}

export function overridden(evidence: string): GuardVerdict {
  return { outcome: 'overridden', evidence };
}

export function notEvaluated(evidence: string): GuardVerdict {
  return { outcome: 'notEvaluated', evidence };
}
