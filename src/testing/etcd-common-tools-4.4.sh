# Plays etcd-common-tools of 4.4 and 4.5, as far as a backup needs it; script-hooks.sh is appended to it.

dl_etcdctl() {
  if ! command -v etcdctl >/dev/null; then
    echo "Could neither pull etcdctl nor find it locally in cache. Aborting!"
    exit 1
  fi
  etcdctl version
}

