# Builds a node's root file system in a mount namespace of its own, then keeps that namespace until stdin ends.
# usage: node-root.sh ROOT SEED DISK_BYTES [--file SOURCE TARGET | --directory SOURCE TARGET]...
#
# ROOT is an empty directory; it becomes the root. SEED is copied over it. /var, of DISK_BYTES, is the node's disk and
# holds /home, /root and /usr/local, as on RHCOS. Every SOURCE is bound in read-only below ROOT.
set -o errexit -o nounset -o pipefail

root=$1 seed=$2 disk_bytes=$3
shift 3

mount -t tmpfs -o mode=755,size=64m root "$root"
cd "$root"
mkdir boot dev etc mnt proc run srv sys sysroot tmp usr var

mount --rbind /usr usr
mount -o remount,bind,ro usr
for directory in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$directory" ]; then
    cp -P "/$directory" .
  elif [ -d "/$directory" ]; then
    mkdir "$directory"
    mount --rbind "/$directory" "$directory"
  fi
done

mount -t tmpfs -o "mode=755,size=$disk_bytes" disk var
mkdir -p var/home/core var/roothome var/usrlocal/bin var/opt var/log var/lib var/tmp
chmod 700 var/roothome var/home/core
chmod 1777 var/tmp
ln -s var/home home
ln -s var/roothome root
ln -s var/opt opt
ln -s ../run var/run
mount --bind var/usrlocal usr/local

mount -t tmpfs -o mode=755,size=64k dev dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mkdir -m 1777 dev/shm

# What programs of the machine's /usr look up in /etc.
for name in alternatives ld.so.cache ld.so.conf ld.so.conf.d nsswitch.conf protocols services; do
  if [ -e "/etc/$name" ]; then cp -R "/etc/$name" etc/; fi
done
cp -R -p "$seed"/. .

while [ "$#" -ge 3 ]; do
  target=$root$3
  mkdir -p "${target%/*}"
  if [ "$1" = --file ]; then touch "$target"; else mkdir -p "$target"; fi
  mount --bind "$2" "$target"
  mount -o remount,bind,ro "$target"
  shift 3
done

echo ready
while read -r _; do :; done
