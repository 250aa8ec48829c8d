#!/bin/bash
# Becomes the first process of the node: makes the node's root file system, then goes on as busybox init,
# which starts what /etc/inittab names, again when it ends.
# usage: init.sh STATE_DIRECTORY, in mount, pid, network, uts, ipc and cgroup namespaces of its own
#
# The root is a tmpfs: whatever the node writes ends with it. /usr shows the machine's under the node's own
# changes; of everything else that the machine has, the node has only what is named here.
set -euo pipefail

state=$1
overlay=$state/overlay
root=$state/root

mkdir -p "$overlay" "$root"
mount -t tmpfs -o mode=0755,size=85% overlay "$overlay"
mkdir "$overlay"/{upper,work}
mount -t tmpfs -o mode=0755,size=85% node "$root"
cd "$root"

mkdir -p dev etc proc run sys tmp usr var/{home,lib,log,tmp,opt,mnt,roothome}
chmod 1777 tmp var/tmp
chmod 700 var/roothome
ln -s var/home home
ln -s var/roothome root
ln -s var/opt opt
ln -s var/mnt mnt
ln -s ../run var/run

mount -t overlay -o "lowerdir=/usr,upperdir=$overlay/upper,workdir=$overlay/work" overlay usr
for directory in /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$directory" ]; then
    cp -P "$directory" .
  elif [ -d "$directory" ]; then
    mkdir ".$directory"
    mount --bind "$directory" ".$directory"
    mount -o remount,bind,ro ".$directory"
  fi
done

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=0755 run run

# Devices of the node, not of the machine: no disk among them.
mount -t tmpfs -o mode=0755 dev dev
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t mqueue mqueue dev/mqueue
while read -r name mode major minor; do
  mknod -m "$mode" "dev/$name" c "$major" "$minor"
done <<'DEVICES'
null 666 1 3
zero 666 1 5
full 666 1 7
random 666 1 8
urandom 666 1 9
kmsg 600 1 11
tty 666 5 0
DEVICES
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs -o mode=0755 cgroup sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    case $controllers in
      '') continue ;; # the version 2 hierarchy beside version 1
      name=*) directory=${controllers#name=} options=none,$controllers ;;
      *) directory=$controllers options=$controllers ;;
    esac
    mkdir "sys/fs/cgroup/$directory"
    mount -t cgroup -o "$options" cgroup "sys/fs/cgroup/$directory"
  done </proc/self/cgroup
fi

# The kubelet sets these for the whole machine. Here it finds what it wants, and writes into a file.
mkdir run/sysctl
while read -r name value; do
  echo "$value" >"run/sysctl/${name//\//.}"
  mount --bind "run/sysctl/${name//\//.}" "proc/sys/$name"
done <<'SYSCTLS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SYSCTLS

# What the programs in /usr look for: where libraries are, which alternative is taken, whom to trust.
mkdir etc/ssl
for path in alternatives ld.so.cache ld.so.conf ld.so.conf.d localtime ssl/certs ssl/openssl.cnf; do
  if [ -e "/etc/$path" ]; then cp -a "/etc/$path" "etc/$path"; fi
done
cp -a "$state/seed/." .
while read -r name path; do
  touch "usr/local/bin/$name"
  mount --bind "$path" "usr/local/bin/$name"
  # The node's root must not be able to write the machine's file.
  mount -o remount,bind,ro "usr/local/bin/$name"
done <"$state/tools"

install -d -o 1000 -g 1000 -m 0700 var/home/core

pivot_root . .
umount -l .
mount --make-rshared /
cat /etc/hostname >/proc/sys/kernel/hostname

# The caller connects the network, then says so; one that died leaves an end of file, and nothing else.
read -r _
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root busybox init
