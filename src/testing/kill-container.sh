# Kills every process of a mount namespace, and those that they start meanwhile.
# usage: kill-container.sh NAMESPACE   (on the node)
killed=true
while [ "$killed" = true ]; do
  killed=false
  for namespace in /proc/[0-9]*/ns/mnt; do
    if [ "$(readlink "$namespace")" = "$1" ]; then
      pid=${namespace#/proc/}
      if kill -KILL "${pid%%/*}" 2>/dev/null; then killed=true; fi
    fi
  done
done
