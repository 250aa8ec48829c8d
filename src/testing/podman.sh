#!/usr/bin/env bash
#
# Plays podman on a node of the stand-in cluster, as far as the scripts of 4.3 use it: one image, whose files are those of
# /var/lib/stand-in/etcd-image. A container that is not removed stays in /var/lib/containers/storage/overlay-containers.
#
#   podman image pull | create | mount | umount | rm

set -o errexit -o pipefail

containers=/var/lib/containers/storage/overlay-containers
image=/var/lib/stand-in/etcd-image

for last; do :; done

new_id() {
  tr -d '\n-' </proc/sys/kernel/random/uuid
  tr -d '-' </proc/sys/kernel/random/uuid
}

case $1 in
image)
  code=0
  curl -s -f -o /dev/null https://quay.io/v2/ || code=$?
  if [ "$code" -ne 0 ]; then
    echo "Error: error pulling image \"$last\": unable to pull $last: unable to pull image: Error initializing source docker://$last: pinging docker registry returned: Get https://quay.io/v2/: dial tcp: connect: connection refused" >&2
    exit 125
  fi
  new_id
  ;;
create)
  if [ ! -d "$image" ]; then
    echo "Error: unable to pull $last: unable to pull image" >&2
    exit 125
  fi
  id=$(new_id)
  mkdir -p "$containers/$id"
  cp -R "$image/." "$containers/$id/"
  echo "$id"
  ;;
mount)
  if [ -z "$2" ] || [ ! -d "$containers/$2" ]; then
    echo "Error: no container with name or ID $2 found: no such container" >&2
    exit 125
  fi
  echo "$containers/$2"
  ;;
umount) echo "$2" ;;
rm)
  rm -rf "${containers:?}/$2"
  echo "$2"
  ;;
*)
  echo "Error: unrecognized command \`podman $1\`" >&2
  exit 125
  ;;
esac
