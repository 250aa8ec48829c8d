#!/usr/bin/env bash
#
# Plays /usr/local/bin/etcd-snapshot-backup.sh of an OpenShift 4.3.2 or later 4.3 control plane node: its arguments, output
# lines, file names, modes, exit codes, cleanup, and its traps. Our own text, for the stand-in cluster; the vendor's is
# https://github.com/openshift/machine-config-operator/blob/release-4.3/templates/master/00-master/_base/files/usr-local-bin-etcd-snapshot-backup-sh.yaml
#
#   etcd-snapshot-backup.sh <path-to-backup-dir>
#
# It works in ./assets of the directory it is started in. What it does stands in the library that it sources.
# It counts its starts and waits where a test holds it, as cluster-backup.sh says.

set -o errexit
set -o pipefail
set -o errtrace

printf '%s %s %s\n' "$(date -u +%FT%TZ)" "$$" "$*" >>/var/log/cluster-backup.starts || true

if [ "$EUID" -ne 0 ]; then
  echo "This script must be run as root"
  exit 1
fi

if [ -z "$1" ] || [ -f "$1" ]; then
  echo "Path to backup dir required: ./etcd-snapshot-backup.sh <path-to-backup-dir>"
  exit 1
fi

# Unquoted here and in the trap, as the vendor has it: what the path holds for the shell, the shell does.
if [ ! -d "$1" ]; then
  # shellcheck disable=SC2086
  mkdir -p $1
fi

ASSET_DIR=./assets
BACKUP_DIR=$1
DATESTRING=$(date "+%F_%H%M%S")
BACKUP_TAR_FILE=$BACKUP_DIR/static_kuberesources_$DATESTRING.tar.gz
SNAPSHOT_FILE=$BACKUP_DIR/snapshot_$DATESTRING.db

# shellcheck disable=SC2064
trap "rm -f ${BACKUP_TAR_FILE} ${SNAPSHOT_FILE}" ERR

# shellcheck disable=SC1091
source /usr/local/bin/openshift-recovery-tools

hold_at start
init
dl_etcdctl
backup_etcd_client_certs
backup_manifest
latest_kube_static_resources
tar -cpzf "$BACKUP_TAR_FILE" -C /etc/kubernetes "$LATEST_STATIC_RESOURCES"
hold_at snapshot
snapshot_data_dir "$SNAPSHOT_FILE"
hold_at end
echo "snapshot db and kube resources are successfully saved to ${BACKUP_DIR}!"
