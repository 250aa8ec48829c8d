# 4.3.2 to 4.3.37: etcdctl comes from the etcd image, which is on the node. A `podman create` that fails is not noticed here.
dl_etcdctl() {
  local etcdctr=$(podman create --authfile=/var/lib/kubelet/config.json "$ETCD_IMAGE")
  local etcdmnt=$(podman mount "$etcdctr")
  cp "$etcdmnt/bin/etcdctl" "$ASSET_DIR/bin"
  podman umount "$etcdctr" >/dev/null
  podman rm "$etcdctr"
  "$ASSET_DIR/bin/etcdctl" version
}
ETCD_IMAGE=quay.io/openshift-release-dev/ocp-v4.0-art-dev:etcd

