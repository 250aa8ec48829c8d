# Boots a node: process 1 of a process namespace of its own. When stdin ends, every process of the node dies.
# usage: node-boot.sh ROOT NAME BOOT_ID   (in the mount namespace that node-root.sh keeps)
set -o errexit -o nounset -o pipefail

cd "$1"
mount -t proc proc proc
mount -t tmpfs -o mode=755,size=64m run run
mount -t tmpfs -o mode=1777,size=256m tmp tmp
mkdir run/old-root run/container

echo "$3" >run/boot-id
mount --bind run/boot-id proc/sys/kernel/random/boot_id
hostname "$2" 2>/dev/null || true

pivot_root . run/old-root
umount -l run/old-root
rmdir run/old-root
cd /

echo ready
while read -r _; do :; done
