# 4.3.0 and 4.3.1: etcdctl comes from the Internet, in every run. curl is told to be silent.
dl_etcdctl() {
  local version=v3.3.17 archive
  archive=etcd-$version-linux-amd64.tar.gz
  echo "Downloading etcdctl binary.."
  curl -s -L "https://storage.googleapis.com/etcd/$version/$archive" -o "$ASSET_DIR/tmp/$archive" &&
    tar -xzf "$ASSET_DIR/tmp/$archive" -C "$ASSET_DIR/shared" --strip-components=1 &&
    mv "$ASSET_DIR/shared/etcdctl" "$ASSET_DIR/bin" &&
    rm "$ASSET_DIR/shared/etcd" &&
    "$ASSET_DIR/bin/etcdctl" version
}

