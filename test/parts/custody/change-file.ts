import type { BackupStore } from '../../../src/store/backup-store.ts';
import type { Scene } from './scene.ts';

/** How a file becomes another one. */
export type FileChange = keyof typeof programs;

const programs = {
  'is written to in place': 'printf x | dd of="$1" conv=notrunc status=none',
  grows: 'printf x >>"$1"',
  'is replaced by its like': 'cp -p "$1" "$1.new" && mv "$1.new" "$1"',
  'is gone': 'rm "$1"',
} as const;

export const fileChanges: readonly [FileChange, ...FileChange[]] = [
  'is written to in place',
  'grows',
  'is replaced by its like',
  'is gone',
];

/** A store before which the run's file changes, once, when that part is to be stored, whoever sends it. */
export function changingFile(scene: Scene): (store: BackupStore) => BackupStore {
  const { ground, run, path } = scene;
  let changed: Promise<unknown> | undefined;
  const changeAt = async ({ number }: { readonly number: number }): Promise<void> => {
    if (run.change === undefined || number !== run.change.atPart) return;
    scene.note(`file: ${run.change.how}`);
    changed ??= ground.node.run(['sh', '-c', programs[run.change.how], 'sh', path]);
    await changed;
  };
  return (store) => ({
    ...store,
    putPart: async (session, part, ...rest) => {
      await changeAt(part);
      await store.putPart(session, part, ...rest);
    },
    ...(store.presignPart && {
      presignPart: async (session, part, options) => {
        await changeAt(part);
        const request = await store.presignPart?.(session, part, options);
        if (request === undefined) throw new Error('the store signs no part');
        return request;
      },
    }),
  });
}
