# Gives a container a root file system of its own, says who it is, and becomes its command.
# usage: container-root.sh OWN_PIDS [HOST_PATH MOUNT_PATH]... -- COMMAND...   (on the node; talks on descriptor 3)
#
# The image is the machine's /usr without /usr/local. It says its process id on the node and its mount namespace, and
# goes on when it is answered.
set -o errexit -o nounset -o pipefail

own_pids=$1
shift
read -r pid _ </proc/self/stat
namespace=$(readlink /proc/self/ns/mnt)

root=/run/container
mount -t tmpfs -o mode=755,size=16m container "$root"
cd "$root"
mkdir dev etc proc root run sys tmp usr var
chmod 1777 tmp
mount --rbind /usr usr
mount -t tmpfs -o mode=755,size=64k local usr/local
for directory in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$directory" ]; then
    cp -P "/$directory" .
  elif [ -d "/$directory" ]; then
    mkdir "$directory"
    mount --rbind "/$directory" "$directory"
  fi
done
mount --rbind /dev dev
cp -R /etc/alternatives /etc/ld.so.* /etc/nsswitch.conf /etc/passwd /etc/group etc/ 2>/dev/null || true
if [ "$own_pids" = true ]; then mount -t proc proc proc; else mount --rbind /proc proc; fi

while [ "$1" != -- ]; do
  if [ ! -e "$1" ]; then
    echo "hostPath type check failed: $1 is not a directory" >&2
    exit 1
  fi
  mkdir -p ".$2"
  mount --rbind "$1" ".$2"
  # The copy of this very root inside a bound host root.
  if [ "$1" = / ]; then umount -l ".$2$root"; fi
  shift 2
done
shift

mkdir run/old-root
pivot_root . run/old-root
umount -l run/old-root
rmdir run/old-root
cd /

echo "$pid $namespace" >&3
read -r _ <&3
exec 3>&-
exec "$@"
