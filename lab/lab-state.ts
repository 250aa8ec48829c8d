import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import { z } from 'zod';

import { statePath } from './place.ts';

const schema = z.object({
  /** `starting` until the last step of `up` is done: a lab that stays there was killed. */
  phase: z.enum(['starting', 'up']),
  /** The process whose end ends the node, as the machine sees it. */
  keeper: z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() }),
  /** The image of the etcd static pod, by digest. */
  etcdImage: z.string(),
  startedAt: z.string(),
});

/** What `up` notes for the commands after it. */
export type LabState = Readonly<z.infer<typeof schema>>;

/** Reads the note, or undefined when there is none that can be read. */
export function readLabState(): LabState | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(statePath('state.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Replaces the note. A reader sees the old one or the new one. */
export function writeLabState(state: LabState): void {
  writeFileSync(statePath('state.json.new'), `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(statePath('state.json.new'), statePath('state.json'));
}
