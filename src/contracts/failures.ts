import { ApplicationFailure } from '@temporalio/common';

import type { Step } from './steps.ts';

interface FailureEntry {
  readonly retryable: boolean;
  readonly meaning: string;
  readonly nextStep: string;
}

/**
 * Everything that can go wrong, by what was observed. `retryable` says whether Temporal tries the step again by itself.
 */
export const failureCatalogue = {
  ConfigInvalid: {
    retryable: false,
    meaning: 'The configuration or the request is not valid.',
    nextStep: 'Correct the named field and start again.',
  },
  ClusterNotConfigured: {
    retryable: true,
    meaning: 'This worker has no configuration for the cluster; another one may.',
    nextStep:
      'Add the cluster to the configuration of the workers on this task queue, or set taskQueue in the request.',
  },
  ClusterUnreachable: {
    retryable: true,
    meaning: "The cluster's API did not answer.",
    nextStep: 'Check the API server, the network and the proxy between the worker and the cluster.',
  },
  ClusterDenied: {
    retryable: false,
    meaning: "The cluster's API refused the worker's credentials or rights.",
    nextStep: 'Renew the credentials, or grant the named verb on the named resource.',
  },
  GuardRefused: {
    retryable: false,
    meaning: 'One or more guards refused the backup.',
    nextStep: 'Wait for, or mend, what each guard names; or override it by name with a reason.',
  },
  LeaseBusy: {
    retryable: true,
    meaning: 'Another run holds the lease of this cluster, or the lock of this node.',
    nextStep: 'Wait for the named run to end; a dead one frees the lease within ten minutes.',
  },
  LeaseLost: {
    retryable: false,
    meaning: 'Another run took the lease over while this one could not renew it.',
    nextStep: 'Look at the named run; start again when it has ended.',
  },
  DebugPodRejected: {
    retryable: false,
    meaning: "The cluster's admission refused the debug pod.",
    nextStep:
      'Label the namespace privileged and allow the privileged security context constraint.',
  },
  NodeUnreachable: {
    retryable: true,
    meaning: 'The node, its debug pod or the connection to it went away.',
    nextStep: 'Check the node and its kubelet; a live run goes on by itself when they are back.',
  },
  NodeUnfit: {
    retryable: false,
    meaning: 'This node cannot take the snapshot; another one might.',
    nextStep: 'Mend what is observed on it, or name another control plane node.',
  },
  NodeDiskFull: {
    retryable: false,
    meaning: 'The node has too little free space for the backup.',
    nextStep: 'Free space under the backup directory on the node, or name another node.',
  },
  ScriptMissing: {
    retryable: false,
    meaning: "The vendor's backup script is not on the node.",
    nextStep: 'Check that the node is a control plane node of a supported OpenShift release.',
  },
  ScriptFailed: {
    retryable: false,
    meaning: "The vendor's backup script failed, or died in every take.",
    nextStep: 'Read the observed lines; mend the cause on the node and start again.',
  },
  ArtefactsUnexpected: {
    retryable: false,
    meaning: 'The script said it succeeded, but not exactly its files are there.',
    nextStep:
      'Compare the release of the script with the supported ones and report the difference.',
  },
  FileChanged: {
    retryable: false,
    meaning: 'A file of the backup changed on the node after it was verified.',
    nextStep: 'Find out what else writes to the backup directory, then start again.',
  },
  VerificationFailed: {
    retryable: false,
    meaning: 'A required proof failed: these files are not a backup.',
    nextStep:
      "Check the member's disk, take a backup on another node, keep the files for analysis.",
  },
  StoreUnavailable: {
    retryable: true,
    meaning: 'The store did not answer, or is not there.',
    nextStep: 'Check the endpoint, the mount or the network; a live run goes on by itself.',
  },
  StoreDenied: {
    retryable: false,
    meaning: "The store refused the worker's credentials or rights.",
    nextStep: 'Grant create, read, list and abort on the named location.',
  },
  StoreRefused: {
    retryable: false,
    meaning: 'The store does not give a promised protection, or the name is taken by other bytes.',
    nextStep: 'Use a store that gives it, or find out who wrote the named object.',
  },
  ChecksumMismatch: {
    retryable: true,
    meaning: 'Bytes arrived that are not the ones that were sent; they were thrown away.',
    nextStep:
      'Nothing if a retry passes; otherwise check memory and network between node, worker and store.',
  },
  ManifestInvalid: {
    retryable: false,
    meaning: 'A manifest cannot be read, or is not of a known format.',
    nextStep:
      'Read it with the release that wrote it, or restore by hand from docs/backup-format.md.',
  },
  SigningKeyUnavailable: {
    retryable: true,
    meaning: 'This worker has no usable key to sign the manifest with; another one may.',
    nextStep:
      'Give the workers of this task queue the key that signing.privateKey names; a live run goes on by itself then.',
  },
  DifferentRequestRunning: {
    retryable: false,
    meaning: 'A backup of this cluster runs already, asked for with other words.',
    nextStep: 'Wait for it, or cancel it, then start again.',
  },
  NoProgress: {
    retryable: false,
    meaning: 'A step ran for too long without progress, or the deadline passed.',
    nextStep:
      'Look at the named step: a stuck etcd, a slow network, or a deadline too short for the size.',
  },
  UnexpectedError: {
    retryable: true,
    meaning: 'Something failed that this catalogue does not know: a fault of this program.',
    nextStep: "Report it with the worker's log of the named step.",
  },
} as const satisfies Record<string, FailureEntry>;

export type FailureType = keyof typeof failureCatalogue;

/** What `details[0]` of every failure holds. Keys are only ever added. */
export interface FailureDetails {
  readonly step?: Step;
  /** What was observed, and what was expected. */
  readonly observed: string;
  /** What a person does next. */
  readonly nextStep: string;
  /** What of ours is still there after the run ended. */
  readonly leftovers?: readonly {
    readonly what: string;
    readonly where: string;
    readonly nextStep: string;
  }[];
}

interface Observation {
  /** *What failed: observed, expected*; one line, no secret, no advice. Or several of them, none of which may be cut off. */
  readonly observed: string | readonly string[];
  /** Identifiers, appended in brackets. */
  readonly where?: Readonly<Record<string, string | number | undefined>>;
  /** Instead of the catalogue's next step, where more is known. */
  readonly nextStep?: string;
  readonly step?: Step;
  readonly leftovers?: FailureDetails['leftovers'];
}

/** Makes a failure of the catalogue: the only maker of an `ApplicationFailure` in this project. */
export function failure(type: FailureType, observation: Observation): ApplicationFailure {
  const { nextStep } = failureCatalogue[type];
  const lines = [observation.observed].flat().map(oneLine);
  const observed = lines.join(' | ') + identifiers(observation.where);
  return failureWith(type, {
    ...(observation.step === undefined ? {} : { step: observation.step }),
    observed,
    nextStep: observation.nextStep ?? nextStep,
    ...(observation.leftovers === undefined || observation.leftovers.length === 0
      ? {}
      : { leftovers: observation.leftovers }),
  });
}

/** Makes a failure of details that {@link failure} has made, and that have grown since. */
export function failureWith(type: FailureType, details: FailureDetails): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: details.observed,
    nonRetryable: !failureCatalogue[type].retryable,
    details: [details],
  });
}

/** The type of a failure of the catalogue; `undefined` for any other error. */
export function failureType(error: unknown): FailureType | undefined {
  if (!(error instanceof ApplicationFailure)) return undefined;
  return isFailureType(error.type) ? error.type : undefined;
}

function isFailureType(type: string | undefined | null): type is FailureType {
  return type != null && Object.hasOwn(failureCatalogue, type);
}

/** The details of a failure of the catalogue; for any other error, its message as what was observed. */
export function failureDetails(error: unknown): FailureDetails {
  const type = failureType(error);
  const first: unknown = error instanceof ApplicationFailure ? error.details?.[0] : undefined;
  if (type !== undefined && isDetails(first)) return first;
  const observed = oneLine(error instanceof Error ? error.message : String(error));
  return { observed, nextStep: failureCatalogue.UnexpectedError.nextStep };
}

function isDetails(value: unknown): value is FailureDetails {
  return typeof value === 'object' && value !== null && 'observed' in value && 'nextStep' in value;
}

function identifiers(where: Observation['where']): string {
  const known = Object.entries(where ?? {}).filter(([, value]) => value !== undefined);
  if (known.length === 0) return '';
  return ` [${known.map(([name, value]) => `${name}=${oneLine(String(value))}`).join(' ')}]`;
}

// Longer text bloats histories and is unreadable in the UI; 400 characters hold every message of ours.
function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
