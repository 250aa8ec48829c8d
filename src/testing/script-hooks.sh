# Ours, for tests; appended to the library that a script sources. See cluster-backup.sh for the files.

# Waits while a test holds the script at this point.
hold_at() {
  local point=$1 wanted
  while wanted=$(cat /etc/cluster-backup.hold 2>/dev/null) && [ "${wanted:-snapshot}" = "$point" ]; do
    echo "$$ $point" >/run/cluster-backup.held
    sleep 0.05
  done
  rm -f /run/cluster-backup.held
}

# etcdctl before 3.4 leaves the mode of the file to the umask; ours is newer and does not.
as_umask_has_it() {
  chmod "$(printf '%o' $((0666 & ~$(umask))))" "$1"
}
