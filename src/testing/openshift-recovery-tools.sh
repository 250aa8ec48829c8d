#!/usr/bin/env bash
#
# Plays /usr/local/bin/openshift-recovery-tools of an OpenShift 4.3 control plane node, as far as a backup needs it. One of
# fetch-etcdctl-*.sh and script-hooks.sh are appended to it. Our own text; the vendor's is
# https://github.com/openshift/machine-config-operator/blob/00cf1bcd4875ca18eb852d20f0d28426f8d2b0f3/templates/master/00-master/_base/files/usr-local-bin-openshift-recovery-tools-sh.yaml

export ETCDCTL_API=3

init() {
  if [ -d "$ASSET_DIR/bin" ]; then return; fi
  echo "Creating asset directory $ASSET_DIR"
  mkdir -p "$ASSET_DIR"/{bin,tmp,shared,backup,templates,restore,manifests}
}

# Once copied, they are used for ever: those of an earlier run may be stale.
backup_etcd_client_certs() {
  local backup=$ASSET_DIR/backup directory
  echo "Trying to backup etcd client certs.."
  if [ -f "$backup/etcd-ca-bundle.crt" ] && [ -f "$backup/etcd-client.crt" ] && [ -f "$backup/etcd-client.key" ]; then
    echo "etcd client certs already backed up and available $backup/"
    return
  fi
  for directory in /etc/kubernetes/static-pod-resources/kube-apiserver-pod-[0-9]*; do
    if [ ! -d "$directory" ]; then
      echo "error finding static-pod-resources"
      exit 1
    fi
    local bundle=$directory/configmaps/etcd-serving-ca/ca-bundle.crt secret=$directory/secrets/etcd-client
    if [ -f "$bundle" ] && [ -f "$secret/tls.crt" ] && [ -f "$secret/tls.key" ]; then
      echo "etcd client certs found in $directory backing up to $backup/"
      cp "$bundle" "$backup/etcd-ca-bundle.crt"
      cp "$secret/tls.crt" "$backup/etcd-client.crt"
      cp "$secret/tls.key" "$backup/etcd-client.key"
      return
    fi
    echo "$directory does not contain etcd client certs, trying next .."
  done
  echo "backup failed: client certs not found"
  exit 1
}

backup_manifest() {
  local manifest=/etc/kubernetes/manifests/etcd-member.yaml
  if [ -e "$ASSET_DIR/backup/etcd-member.yaml" ]; then
    echo "etcd-member.yaml found in $ASSET_DIR/backup/"
  else
    echo "Backing up $manifest to $ASSET_DIR/backup/"
    cp "$manifest" "$ASSET_DIR/backup/"
  fi
}

# The highest number, whichever revision runs; relative to /etc/kubernetes.
latest_kube_static_resources() {
  local latest
  echo "Trying to backup latest static pod resources.."
  latest=$(ls -vd /etc/kubernetes/static-pod-resources/kube-apiserver-pod-[0-9]* | tail -1) || true
  if [ -z "$latest" ]; then
    echo "error finding static-pod-resources"
    exit 1
  fi
  LATEST_STATIC_RESOURCES=${latest#/etc/kubernetes/}
}

snapshot_data_dir() {
  local backup=$ASSET_DIR/backup port code=0 endpoint
  # Ours: the member of a real node always listens on 2379, etcdctl's default.
  port=$(sed -n 's/.*--listen-client-urls=.*:\([0-9]*\).*/\1/p' /etc/kubernetes/manifests/etcd-member.yaml)
  endpoint=https://127.0.0.1:${port:-2379}
  # etcdctl 3.3 gives up where TLS fails, with 5; ours is newer and tries for ever.
  curl --disable -s -o /dev/null --noproxy '*' --cacert "$backup/etcd-ca-bundle.crt" --cert "$backup/etcd-client.crt" \
    --key "$backup/etcd-client.key" "$endpoint/health" || code=$?
  case $code in
  35 | 55 | 56 | 58 | 60)
    echo 'Error:  rpc error: code = Unavailable desc = all SubConns are in TransientFailure, latest connection error: connection error: desc = "transport: authentication handshake failed: remote error: tls: bad certificate"' >&2
    return 5
    ;;
  esac
  "$ASSET_DIR/bin/etcdctl" --endpoints "$endpoint" --cert "$backup/etcd-client.crt" \
    --key "$backup/etcd-client.key" --cacert "$backup/etcd-ca-bundle.crt" snapshot save "$1"
  as_umask_has_it "$1"
}

