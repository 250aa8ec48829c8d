# 4.3.38 and later: as before, but the image is pulled from its registry in every run.
dl_etcdctl() {
  podman image pull --authfile=/var/lib/kubelet/config.json "$ETCD_IMAGE"
  local etcdctr=$(podman create --authfile=/var/lib/kubelet/config.json "$ETCD_IMAGE")
  local etcdmnt=$(podman mount "$etcdctr")
  cp "$etcdmnt/bin/etcdctl" "$ASSET_DIR/bin"
  podman umount "$etcdctr" >/dev/null
  podman rm "$etcdctr"
  "$ASSET_DIR/bin/etcdctl" version
}
ETCD_IMAGE=quay.io/openshift-release-dev/ocp-v4.0-art-dev:etcd

