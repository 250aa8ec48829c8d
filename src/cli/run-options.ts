import { InvalidArgumentError } from 'commander';

import { durationMs } from '../contracts/index.ts';
import type { BackupRequest, Duration, Override } from '../contracts/index.ts';
import { clusterNamePattern } from '../store/layout.ts';

/** The flags of `run` as commander hands them over. */
export interface RunFlags {
  readonly node?: string;
  readonly override?: readonly Override[];
  readonly deadline?: Duration;
  readonly label?: Readonly<Record<string, string>>;
  readonly taskQueue?: string;
  readonly config?: string;
  readonly ui?: string;
  readonly json?: true;
  readonly detach?: true;
}

/** The request that these flags ask for. */
export function requestOf(cluster: string, flags: RunFlags): BackupRequest {
  const { node, override, deadline, label } = flags;
  return {
    cluster,
    ...(node === undefined ? {} : { node }),
    ...(override === undefined ? {} : { overrides: override }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(label === undefined ? {} : { labels: label }),
  };
}

export function parseCluster(text: string): string {
  if (clusterNamePattern.test(text)) return text;
  throw new InvalidArgumentError(
    'Expected a cluster name: up to 63 of a-z, 0-9, dot and minus, with a letter or digit at both ends.',
  );
}

export function parseDeadline(text: string): Duration {
  if (isDuration(text)) return text;
  throw new InvalidArgumentError('Expected a duration such as 90m, 24h or 2d.');
}

export function parseOverride(text: string, before: readonly Override[] = []): readonly Override[] {
  const [guard, reason] = pair(text, 'Expected guard=reason, both with something in them.');
  if (reason.trim() === '') {
    throw new InvalidArgumentError('Expected a reason after the =; it stands in the manifest.');
  }
  return [...before, { guard, reason }];
}

export function parseLabel(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name, value] = pair(text, 'Expected name=value.');
  return { ...before, [name]: value };
}

export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('Expected an address such as https://temporal.example.com.');
}

function pair(text: string, expected: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(expected);
  return [text.slice(0, at), text.slice(at + 1)];
}

function isDuration(text: string): text is Duration {
  return (durationMs(text) ?? 0) > 0;
}
