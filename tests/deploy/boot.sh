#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boots the Debian in a folder with its own systemd, in namespaces of its own, over a layer that is
# thrown away; the folder stays as it is. Ends when that systemd does. Needs root.
#   sh tests/deploy/boot.sh FOLDER LAYER
set -eu
if [ "${3:-}" != inside ]; then
  mkdir -p "$2/cgroup" "$2/upper" "$2/work" "$2/root"
  mount -t cgroup2 cgroup2 "$2/cgroup"
  # A cgroup of its own: what is the root for the systemd in it.
  group="$2/cgroup/tickgate-boot-$$"
  mkdir "$group"
  echo $$ >"$group/cgroup.procs"
  unshare --mount --pid --fork --kill-child --cgroup --uts --ipc --net \
    sh "$0" "$1" "$2" inside <>/dev/null || :
  echo $$ >"$2/cgroup/cgroup.procs"
  find "$group" -depth -type d -exec rmdir {} \;
  umount "$2/cgroup"
  exit
fi
root="$2/root"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
exec chroot "$root" env -i container=tickgate PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --log-target=console
