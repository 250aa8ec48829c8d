#!/usr/bin/env bash
#
# Plays /usr/local/bin/etcd-snapshot-backup.sh of an OpenShift 4.3.0 or 4.3.1 control plane node: like that of later 4.3
# releases, but it writes one file that holds the static kube resources and the snapshot. Our own text; the vendor's came with
# https://github.com/openshift/machine-config-operator/pull/1343
#
#   etcd-snapshot-backup.sh <path-to-backup-dir>
#
# The snapshot is saved to ./assets/tmp/snapshot.db, whoever else is at work there.
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

if [ ! -d "$1" ]; then
  # shellcheck disable=SC2086
  mkdir -p $1
fi

ASSET_DIR=./assets
BACKUP_DIR=$1
DATESTRING=$(date "+%F_%H%M%S")
SNAPSHOT_FILE=$ASSET_DIR/tmp/snapshot.db
BACKUP_TAR=$BACKUP_DIR/snapshot_db_kuberesources_$DATESTRING.tar
BACKUP_TAR_FILE=$BACKUP_TAR.gz

# shellcheck disable=SC2064
trap "rm -f ${BACKUP_TAR} ${BACKUP_TAR_FILE} ${SNAPSHOT_FILE}" ERR

# shellcheck disable=SC1091
source /usr/local/bin/openshift-recovery-tools

hold_at start
init
dl_etcdctl
backup_etcd_client_certs
backup_manifest
latest_kube_static_resources
tar -cpf "$BACKUP_TAR" -C /etc/kubernetes "$LATEST_STATIC_RESOURCES"
hold_at snapshot
snapshot_data_dir "$SNAPSHOT_FILE"
# The database, the archive and what gzip makes of it: three times the database for a moment.
tar -rpf "$BACKUP_TAR" -C "$ASSET_DIR/tmp" snapshot.db
gzip "$BACKUP_TAR"
rm -f "$SNAPSHOT_FILE"
hold_at end
echo "snapshot db and kube resources are successfully saved to ${BACKUP_TAR_FILE}!"
