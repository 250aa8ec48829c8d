import { lockState } from './lock-state.ts';

/** The file in a take's directory that says whose it is; nothing without it is ever swept. */
export const ownerMarker = 'etcd-backup-run';

/** The file that keeps a take's directory from being swept. */
export const keptMarker = 'kept';

/** What {@link ownerMarker} holds: one line. */
export function ownerLine({ run, take }: { readonly run: string; readonly take: number }): string {
  return `temporal-etcd-backup ${run} ${take}`;
}

/**
 * Shell functions about the directories of takes, for programs whose working directory is the backup directory; they follow
 * `processState`. Directories that are symbolic links are foreign, and so is whatever has not the name and the owner line of
 * a take.
 *
 * - `is_take <name>`: whether this is what a take's directory is called; sets `run` and `take`
 * - `take_state <name>`: prints `foreign`, `alive`, `kept` or `dead`; after `is_take`
 *
 * Alive is a take whose script runs, and one in which any process works: a script that was just started has not written its
 * process down yet, and its children may outlive it. So is one whose run holds the lock of the node: that run takes no Lease.
 */
export const takeState = `
${lockState}
is_take() {
  run=\${1%-*} take=\${1##*-}
  [ "$run-$take" = "$1" ] || return 1
  case "$run" in ????????????) ;; *) return 1 ;; esac
  case "$run" in *[!a-z0-9]*) return 1 ;; esac
  case "$take" in ''|*[!0-9]*) return 1 ;; esac
}
works_in() {
  for cwd in /proc/[0-9]*/cwd; do
    case "$(readlink "$cwd")" in */"$1"|*/"$1"/*) return 0 ;; esac
  done
  return 1
}
take_state() {
  owner=
  lock_holder
  if [ -d "$1" ] && [ ! -L "$1" ] && [ -f "$1/${ownerMarker}" ] && [ ! -L "$1/${ownerMarker}" ]; then
    read -r owner < "$1/${ownerMarker}"
  fi
  if [ "$owner" != "temporal-etcd-backup $run $take" ]; then echo foreign
  elif [ -f "$1/script/process" ] && ( cd "$1" && alive ) || works_in "$1"; then echo alive
  elif [ "$holder $held" = "$run held" ]; then echo alive
  elif [ -e "$1/${keptMarker}" ]; then echo kept
  else echo dead; fi
}
`;
