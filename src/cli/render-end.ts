import { problemLine } from '../config/config-error.ts';
import { formatBytes } from '../contracts/index.ts';
import { formatDuration } from './format-duration.ts';
import type { ReportedError } from './reported-error.ts';
import type { RunEnd } from './run-end.ts';
import { placeText } from './run-place.ts';
import type { RunPlace } from './run-place.ts';
import { storedText } from './stored-text.ts';
import type { ResultOnWire } from './wire-shapes.ts';

/** The last words of a run for people: what stands where and how it was proven, or what failed and what to do. */
export function renderEnd(end: RunEnd, place: RunPlace): string {
  if (end.kind === 'completed') return renderResult(end.result);
  return `${renderError(end.error)}\n  see: ${placeText(place).replaceAll('\n', '\n       ')}`;
}

/** An error with its step, next step and what was left behind. */
export function renderError(error: ReportedError): string {
  const { type, step, observed, nextStep, leftovers = [], problems } = error;
  const where = step === undefined ? '' : ` in ${step}`;
  return [
    ...(problems?.map(problemLine) ?? [`${type}${where}: ${observed}`]),
    `  next: ${nextStep}`,
    ...renderLeftovers(leftovers),
  ].join('\n');
}

function renderResult(result: ResultOnWire): string {
  const { cluster, id, nodeName, openshiftVersion, manifest } = result;
  const took = formatDuration(Date.parse(result.finishedAt) - Date.parse(result.startedAt));
  const but = result.leftovers.length === 0 ? '' : ', with leftovers';
  return [
    `backup ${cluster}/${id} completed in ${took}${but}`,
    `  node      ${nodeName} (OpenShift ${openshiftVersion})`,
    `  manifest  ${manifest.store}: ${manifest.key}`,
    `            sha256 ${manifest.sha256}`,
    '  files',
    ...result.files.flatMap((file) => [
      `    ${file.kind}, ${formatBytes(file.sizeBytes)}, ${file.store}: ${file.key}`,
      `      sha256 ${file.sha256}`,
      ...storedText(file).map((line) => `      ${line}`),
    ]),
    '  verification',
    ...columns(result.verification.map((one) => [one.outcome, one.level, one.evidence])),
    ...(result.warnings.length === 0 ? [] : ['  warnings']),
    ...result.warnings.map((warning) => `    ${warning}`),
    ...renderLeftovers(result.leftovers),
  ].join('\n');
}

function renderLeftovers(leftovers: NonNullable<ReportedError['leftovers']>): readonly string[] {
  if (leftovers.length === 0) return [];
  return [
    '  left behind',
    ...leftovers.map(({ what, where, nextStep }) => `    ${what}: ${where}. ${nextStep}`),
  ];
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (index: number): number =>
    Math.max(...rows.map((row) => row[index]?.length ?? 0), 0);
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === row.length - 1 ? cell : cell.padEnd(width(index)),
    );
    return `    ${cells.join('  ')}`;
  });
}
