#!/usr/bin/env bash
#
# Plays /usr/local/bin/cluster-backup.sh of an OpenShift 4.6 or later control plane node: its arguments, prechecks,
# output lines, file names, modes, exit codes and cleanup. Our own text, for the stand-in cluster and the lab; the
# vendor's is https://github.com/openshift/cluster-etcd-operator/blob/release-4.16/bindata/etcd/cluster-backup.sh
#
#   cluster-backup.sh [--force] <path-to-backup-dir>
#
# What it expects on the node:
#
#   bash, coreutils, grep, sed, tar, gzip, curl; etcdctl and, when there, etcdutl on PATH
#   /etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env
#       shell assignments. NODE_ETCD_ENDPOINT (ours: the vendor's operator writes the node's address into the script
#       itself), for example https://10.77.0.2:2379. For https also ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY: where the
#       first is missing, `static-pod-certs` in their paths is tried as `static-pod-resources/etcd-certs`, as the vendor
#       does from 4.9 on
#   /etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd-common-tools
#       sourced; may be empty: what the vendor keeps there stands below
#   /etc/kubernetes/manifests/{kube-apiserver,kube-controller-manager,kube-scheduler,etcd}-pod.yaml
#       each naming its directory /etc/kubernetes/static-pod-resources/<component>-pod-<revision>, which must exist
#   /etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig
#       one cluster, one user, one field per line, files by path and no inline data: `server`, `certificate-authority`,
#       and `client-certificate` with `client-key`, or `token`. The vendor's script gives it to `oc`; here curl reads
#       clusteroperators.config.openshift.io with it. Not read with --force
#
# What it leaves beside the two files (ours, for tests):
#
#   /var/log/cluster-backup.starts   one line per start: UTC time, pid, arguments
#   /etc/cluster-backup.hold         while this file exists the script waits at the point the file names: `start`,
#                                    `snapshot` (the default: the tarball is written, the snapshot is next) or `end`
#                                    (both files are written and checked, the success line is next)
#   /run/cluster-backup.held         there while the script waits; holds its pid and the point
#
# As with the vendor's: a failing command removes both files, but not etcdctl's `<snapshot>.part`; the script's own
# `exit 1` removes nothing; SIGTERM and SIGKILL leave everything.

set -o errexit -o pipefail -o errtrace

printf '%s %s %s\n' "$(date -u +%FT%TZ)" "$$" "$*" >>/var/log/cluster-backup.starts || true

if [ "$EUID" -ne 0 ]; then
  echo "This script must be run as root"
  exit 1
fi

suffix=""
if [ "$1" = "--force" ]; then
  suffix="__POSSIBLY_DIRTY__"
  shift
fi

if [ -z "$1" ] || [ -f "$1" ]; then
  echo "Path to backup dir required: ./cluster-backup.sh [--force] <path-to-backup-dir>"
  exit 1
fi
[ -d "$1" ] || mkdir -p "$1"

resources=/etc/kubernetes/static-pod-resources
etcd_scripts=$resources/etcd-certs/configmaps/etcd-scripts
kubeconfig=$resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost.kubeconfig
components=(kube-apiserver kube-controller-manager kube-scheduler etcd)

backup_dir=$1
timestamp=$(date +%F_%H%M%S)
tarball="$backup_dir/static_kuberesources_$timestamp$suffix.tar.gz"
snapshot="$backup_dir/snapshot_$timestamp$suffix.db"

# Waits while a test holds the script at this point.
hold_at() {
  local point=$1 wanted
  while wanted=$(cat /etc/cluster-backup.hold 2>/dev/null) && [ "${wanted:-snapshot}" = "$point" ]; do
    echo "$$ $point" >/run/cluster-backup.held
    sleep 0.05
  done
  rm -f /run/cluster-backup.held
}

source_dependency() {
  if [ ! -f "$1" ]; then
    echo "required dependencies not found, please ensure this script is run on a node with a functional etcd static pod"
    exit 1
  fi
  # shellcheck disable=SC1090
  source "$1"
}

# The paths in etcd.env are those of the etcd pod; on the node the same files lie elsewhere.
find_certificates() {
  if [ -z "$ETCDCTL_CACERT" ] || [ -f "$ETCDCTL_CACERT" ]; then return; fi
  echo "Certificate $ETCDCTL_CACERT is missing. Checking in different directory"
  for variable in ETCDCTL_CACERT ETCDCTL_CERT ETCDCTL_KEY; do
    export "$variable=${!variable/static-pod-certs/static-pod-resources\/etcd-certs}"
  done
  if [ ! -f "$ETCDCTL_CACERT" ]; then
    echo "Certificate $ETCDCTL_CACERT is also missing in the second directory. Exiting!"
    exit 1
  fi
  echo "Certificate $ETCDCTL_CACERT found!"
}

kubeconfig_field() {
  sed -n "s/^[[:space:]-]*$1:[[:space:]]*\"\{0,1\}\([^\"]*\)\"\{0,1\}[[:space:]]*\$/\1/p" "$kubeconfig" | head -n 1
}

# The status of the Progressing condition; empty when the local API server does not tell.
progressing_status() {
  local url header certificate token
  url=$(kubeconfig_field server)/apis/config.openshift.io/v1/clusteroperators/$1
  certificate=$(kubeconfig_field client-certificate)
  token=$(kubeconfig_field token)
  local options=(--silent --fail --max-time 30 --noproxy '*' --cacert "$(kubeconfig_field certificate-authority)")
  if [ -n "$certificate" ]; then options+=(--cert "$certificate" --key "$(kubeconfig_field client-key)"); fi
  if [ -n "$token" ]; then header="header = \"Authorization: Bearer $token\""; fi
  curl "${options[@]}" --config - "$url" <<<"$header" |
    tr -d '\n' |
    grep -o '{[^{}]*"type": *"Progressing"[^{}]*}' |
    sed 's/.*"status": *"\([A-Za-z]*\)".*/\1/'
}

refuse_progressing() {
  local operator=$1 progressing
  if [ ! -f "$kubeconfig" ]; then
    echo "Valid kubeconfig is not found in kube-apiserver-certs. Exiting!"
    exit 1
  fi
  progressing=$(progressing_status "$operator") || true
  if [ -z "$progressing" ]; then
    echo "Could not find the status of the $operator. Check if the API server is running. Pass the --force flag to skip checks."
    exit 1
  elif [ "$progressing" != "False" ]; then
    echo "Currently the $operator operator is progressing. A reliable backup requires that a rollout is not in progress.  Aborting!"
    exit 1
  fi
}

save_static_kube_resources() {
  local component manifest directory directories=()
  for component in "${components[@]}"; do
    manifest=/etc/kubernetes/manifests/$component-pod.yaml
    if [ ! -f "$manifest" ]; then
      echo "error finding manifests for the $component pod. please check if it is running."
      exit 1
    fi
    directory=$(grep -o -m 1 "$resources/$component-pod-[0-9]*" "$manifest" | head -n 1) || true
    if [ -z "$directory" ]; then
      echo "error finding static-pod-resources for the $component pod. please check if it is running."
      exit 1
    fi
    if [ -z "$suffix" ]; then refuse_progressing "$component"; fi
    echo "found latest $component: $directory"
    directories+=("static-pod-resources/${directory##*/}")
  done
  tar -cpzf "$tarball" -C /etc/kubernetes "${directories[@]}"
  chmod 600 "$tarball"
}

find_etcdctl() {
  if ! command -v etcdctl >/dev/null; then
    echo "Could neither pull etcdctl nor find it locally in cache. Aborting!"
    exit 1
  fi
  etcdctl version
}

check_snapshot() {
  local tool=etcdctl
  if command -v etcdutl >/dev/null; then tool=etcdutl; fi
  if ! "$tool" snapshot status "$snapshot" -w json; then
    echo "Backup integrity verification failed. Backup appears corrupted. Aborting!"
    return 1
  fi
}

trap 'rm -f "$tarball" "$snapshot"' ERR

hold_at start
source_dependency "$etcd_scripts/etcd.env"
source_dependency "$etcd_scripts/etcd-common-tools"
find_certificates
save_static_kube_resources
find_etcdctl
hold_at snapshot
ETCDCTL_ENDPOINTS=$NODE_ETCD_ENDPOINT etcdctl snapshot save "$snapshot"
check_snapshot
hold_at end

echo "snapshot db and kube resources are successfully saved to $backup_dir"
