import { formatBytes } from '../contracts/index.ts';
import { formatDuration } from './format-duration.ts';
import type { ProgressView, StepFailure, StepView } from './run-view.ts';

/** A step's name, with the take once there is more than one. */
export function stepTitle({ step, take }: Pick<StepView, 'step' | 'take'>): string {
  return take === undefined || take === 1 ? step : `${step} (take ${take})`;
}

/** How long a step took, or has been going on; empty where nobody knows. */
export function stepDuration({ scheduledAt, finishedAt }: StepView, now: number): string {
  if (scheduledAt === undefined) return '';
  const end = finishedAt === undefined ? now : Date.parse(finishedAt);
  return formatDuration(end - Date.parse(scheduledAt));
}

/** Whether it says more than that the step is running, which its state says already. */
export function saysMore({ state, bytesDone }: ProgressView): boolean {
  return state !== 'begun' || bytesDone !== undefined;
}

/** What a step is doing, in one line: `uploading, 612.0 MiB of 1.2 GiB (50%), 120 MiB/s, 5.2 s left`. */
export function progressText(progress: ProgressView): string {
  const { state, bytesDone, bytesTotal, bytesPerSecond } = progress;
  if (bytesDone === undefined) return state;
  const parts = [state];
  if (bytesTotal === undefined || bytesTotal === 0) parts.push(formatBytes(bytesDone));
  else
    parts.push(`${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)} (${percent(progress)}%)`);
  if (bytesPerSecond !== undefined) {
    parts.push(`${formatBytes(bytesPerSecond)}/s`);
    const left = ((bytesTotal ?? bytesDone) - bytesDone) / bytesPerSecond;
    if (left > 0) parts.push(`${formatDuration(left * 1000)} left`);
  }
  return parts.join(', ');
}

/** How much of it is done, from 0 to 100; `undefined` where that cannot be said. */
export function percent({ bytesDone, bytesTotal }: ProgressView): number | undefined {
  if (bytesDone === undefined || bytesTotal === undefined || bytesTotal === 0) return undefined;
  return Math.floor((100 * bytesDone) / bytesTotal);
}

/** `NodeUnreachable: the pod is gone`, in one line. */
export function failureText({ type, message }: StepFailure): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return type === undefined ? line : `${type}: ${line}`;
}
