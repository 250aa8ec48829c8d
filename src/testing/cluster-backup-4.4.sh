#!/usr/bin/env bash
#
# Plays /usr/local/bin/cluster-backup.sh of an OpenShift 4.4 or 4.5 control plane node: no look at the operators, no check of
# the snapshot, the newest directories by time. Our own text; the vendor's is
# https://github.com/openshift/cluster-etcd-operator/blob/25cfa4c1a298f754a2ac79d2e545fc693ec9c13f/bindata/etcd/cluster-backup.sh
#
#   cluster-backup.sh <path-to-backup-dir>
#
# It expects etcdctl on PATH; for the rest, and for how tests count its starts and hold it, see cluster-backup.sh of 4.6.

set -o errexit
set -o pipefail
set -o errtrace

printf '%s %s %s\n' "$(date -u +%FT%TZ)" "$$" "$*" >>/var/log/cluster-backup.starts || true

if [ "$EUID" -ne 0 ]; then
  echo "This script must be run as root"
  exit 1
fi

if [ -z "$1" ] || [ -f "$1" ]; then
  echo "Path to backup dir required: ./cluster-backup.sh <path-to-backup-dir>"
  exit 1
fi

if [ ! -d "$1" ]; then
  # shellcheck disable=SC2086
  mkdir -p $1
fi

etcd_scripts=/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts
for dependency in "$etcd_scripts/etcd.env" "$etcd_scripts/etcd-common-tools"; do
  if [ ! -f "$dependency" ]; then
    echo "required dependencies not found, please ensure this script is run on a node with a functional etcd static pod"
    exit 1
  fi
  # shellcheck disable=SC1090
  source "$dependency"
done

BACKUP_DIR=$1
DATESTRING=$(date "+%F_%H%M%S")
BACKUP_TAR_FILE=$BACKUP_DIR/static_kuberesources_$DATESTRING.tar.gz
SNAPSHOT_FILE=$BACKUP_DIR/snapshot_$DATESTRING.db

# shellcheck disable=SC2064
trap "rm -f ${BACKUP_TAR_FILE} ${SNAPSHOT_FILE}" ERR

# The newest by time, whichever revision runs.
save_static_kube_resources() {
  local resource latest directories=()
  for resource in kube-apiserver-pod kube-controller-manager-pod kube-scheduler-pod etcd-pod; do
    latest=$(ls -trd /etc/kubernetes/static-pod-resources/"$resource"-[0-9]* | tail -1) || true
    if [ -z "$latest" ]; then
      echo "error finding static-pod-resource $resource"
      exit 1
    fi
    echo "found latest $resource: $latest"
    directories+=("${latest#/etc/kubernetes/}")
  done
  tar -cpzf "$BACKUP_TAR_FILE" -C /etc/kubernetes "${directories[@]}"
  chmod 600 "$BACKUP_TAR_FILE"
}

hold_at start
if [ ! -f "$ETCDCTL_CACERT" ] && [ ! -e /etc/kubernetes/static-pod-certs ]; then
  ln -s /etc/kubernetes/static-pod-resources/etcd-certs /etc/kubernetes/static-pod-certs
fi
dl_etcdctl
save_static_kube_resources
hold_at snapshot
ETCDCTL_ENDPOINTS=$NODE_ETCD_ENDPOINT etcdctl snapshot save "$SNAPSHOT_FILE"
leave_mode "$SNAPSHOT_FILE"
hold_at end
echo "snapshot db and kube resources are successfully saved to $BACKUP_DIR"
