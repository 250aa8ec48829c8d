#!/bin/sh
# Keeps the node: as long as this process lives the node does, and no longer.
# usage: keep.sh init.sh STATE_DIRECTORY CGROUP...
#
# Reads one line before it makes anything, so that a caller that died meanwhile leaves nothing; what
# follows a second line is in init.sh. Until then this process is nothing but a member of the lab's
# control groups.
set -eu
init=$1 state=$2
shift 2

for cgroup; do echo $$ >"$cgroup/cgroup.procs"; done
read -r _

# The namespace's root is where its process is when it is made: first in, then unshare.
exec unshare --cgroup sh -euc '
  init=$1 state=$2
  shift 2
  for cgroup; do
    # Version 2 lets a group with processes of its own hand no controller to its children.
    [ -e "$cgroup/cgroup.subtree_control" ] || continue
    mkdir "$cgroup/node"
    echo $$ >"$cgroup/node/cgroup.procs"
    for controller in $(cat "$cgroup/cgroup.controllers"); do
      echo "+$controller" >"$cgroup/cgroup.subtree_control"
    done
  done
  exec unshare --mount --propagation private --uts --ipc --net --pid --fork --kill-child \
    bash "$init" "$state"
' keep "$init" "$state" "$@"
