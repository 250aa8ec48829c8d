import { defaultPayloadConverter } from '@temporalio/client';
import type { WorkflowExecutionDescription } from '@temporalio/client';

import { stepOf } from '../contracts/index.ts';
import type { Observation, PendingStep, StepFailure, Unclaimed } from './run-view.ts';
import { progressShape } from './wire-shapes.ts';

type RawDescription = WorkflowExecutionDescription['raw'];
type RawActivity = NonNullable<RawDescription['pendingActivities']>[number];
type RawFailure = NonNullable<RawActivity['lastFailure']>;

/** @see https://github.com/temporalio/api/blob/v1.62.0/temporal/api/enums/v1/workflow.proto */
const activityStates = { scheduled: 1, paused: 4 };
const workflowTaskScheduled = 1;

/** Whether the run goes on; a paused one does. */
export function isOpen({ status }: WorkflowExecutionDescription): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}

/** What Describe says of a run, without its own answer. */
export function observation(description: WorkflowExecutionDescription): Observation {
  const open = isOpen(description);
  const { raw, workflowId, runId, startTime, taskQueue } = description;
  const activities = open ? (raw.pendingActivities ?? []) : [];
  const unclaimed = unclaimedOf(raw, activities, taskQueue);
  return {
    at: Date.now(),
    workflowId,
    runId,
    open,
    startedAt: startTime.toISOString(),
    pending: activities.map(pendingStep),
    ...(unclaimed === undefined || !open ? {} : { unclaimed }),
  };
}

function unclaimedOf(
  raw: RawDescription,
  activities: readonly RawActivity[],
  taskQueue: string,
): Unclaimed | undefined {
  if (Number(raw.pendingWorkflowTask?.state) === workflowTaskScheduled) {
    return { kind: 'workflow', taskQueue };
  }
  const due = activities.find(
    ({ state, paused, nextAttemptScheduleTime }) =>
      Number(state) === activityStates.scheduled &&
      paused !== true &&
      milliseconds(nextAttemptScheduleTime) < Date.now(),
  );
  if (due === undefined) return undefined;
  return { kind: 'activity', taskQueue: due.activityOptions?.taskQueue?.name || taskQueue };
}

function pendingStep(activity: RawActivity): PendingStep {
  const { activityType, attempt, paused, scheduledTime, lastFailure } = activity;
  const state = Number(activity.state);
  const name = activityType?.name ?? '';
  const progress = progressOf(activity);
  const resting = state === activityStates.scheduled ? 'scheduled' : 'started';
  return {
    step: stepOf(name) ?? name,
    state: paused === true || state === activityStates.paused ? 'paused' : resting,
    attempt: attempt ?? 1,
    ...(scheduledTime == null ? {} : { scheduledAt: iso(scheduledTime) }),
    ...(lastFailure == null ? {} : { lastFailure: stepFailure(lastFailure) }),
    ...(progress === undefined
      ? {}
      : { progress, progressAt: milliseconds(activity.lastHeartbeatTime) }),
  };
}

function stepFailure({ message, applicationFailureInfo }: RawFailure): StepFailure {
  const type = applicationFailureInfo?.type;
  return { message: message ?? '', ...(type == null || type === '' ? {} : { type }) };
}

function progressOf({ heartbeatDetails }: RawActivity): PendingStep['progress'] {
  const payload = heartbeatDetails?.payloads?.[0];
  if (payload == null) return undefined;
  try {
    return progressShape.safeParse(defaultPayloadConverter.fromPayload(payload)).data;
  } catch {
    // Encrypted by a codec that only the workers have.
    return undefined;
  }
}

type Timestamp = NonNullable<RawActivity['scheduledTime']>;

/** Milliseconds since 1970; 0 where there is no time. */
export function milliseconds(time: Timestamp | null | undefined): number {
  if (time == null) return 0;
  return Number(String(time.seconds ?? 0)) * 1000 + Math.floor((time.nanos ?? 0) / 1_000_000);
}

function iso(time: Timestamp): string {
  return new Date(milliseconds(time)).toISOString();
}
