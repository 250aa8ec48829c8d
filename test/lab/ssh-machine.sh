#!/bin/bash
# Becomes a small machine with an sshd: its own processes, name, boot id, /etc and /home; the network and everything else are
# the real machine's. It ends, with every process on it, when this one does.
# usage: ssh-machine.sh PACKAGES STATE, in mount, pid and uts namespaces of its own
set -euo pipefail
packages=$1 state=$2

mount -t overlay -o "lowerdir=$packages/usr:/usr" overlay /usr
mount -t overlay -o "lowerdir=$state/etc:$packages/etc:/etc" overlay /etc
mount -t tmpfs -o mode=0755 run /run
mkdir /run/sshd
mount --bind "$state/home" /home
mount -t proc proc /proc
mount --bind "$state/boot-id" /proc/sys/kernel/random/boot_id
cat /etc/hostname >/proc/sys/kernel/hostname
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -D -e -f "$state/sshd_config"
