import { lockSeconds } from './node-lock.ts';

/**
 * A shell function about the lock of a node, for programs whose working directory is the backup directory. `lock_holder` sets
 * `holder` to the run that the lock names, empty where there is none, and `held` to `held` or `expired`, by the node's clock.
 */
export const lockState = `
lock_holder() {
  holder= held=expired
  [ -f .lock/holder ] || return 0
  read -r holder < .lock/holder
  age=$(($(date +%s) - $(stat -c %Y .lock/holder)))
  [ "$age" -lt ${lockSeconds} ] && [ "$age" -gt -${lockSeconds} ] && held=held
  return 0
}
`;
