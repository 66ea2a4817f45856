#!/bin/sh
# Makes the file tree of a container from this machine's, and runs a command in it. For a mount namespace of its own.
#
# inside.sh ROOT HOSTS [image FOLDER PATH | share FOLDER PATH]... -- COMMAND...
#   ROOT   empty folder that the tree is made in
#   HOSTS  file that takes the place of /etc/hosts
#   image  FOLDER, read-only, below an empty layer that is written to: a container that starts has its image's files
#   share  FOLDER itself: what is written there stays
set -eu
root=$1 hosts=$2
shift 2
mount -t tmpfs -o mode=0755 none "$root"
layers=$root/.layers count=0
while [ "$1" != -- ]; do
  mkdir -p "$root$3"
  if [ "$1" = share ]; then
    mount --bind "$2" "$root$3"
  else
    count=$((count + 1))
    mkdir -p "$layers/$count/changes" "$layers/$count/work"
    mount -t overlay overlay \
      -o "lowerdir=$2,upperdir=$layers/$count/changes,workdir=$layers/$count/work,userxattr" "$root$3"
  fi
  shift 3
done
shift
for entry in /*; do
  if [ -e "$root$entry" ]; then
    continue # a folder of the container's own: nothing of this machine's is seen or written there
  elif [ -L "$entry" ]; then
    cp -P "$entry" "$root$entry"
  elif [ -d "$entry" ]; then
    mkdir "$root$entry"
    mount --rbind "$entry" "$root$entry"
  fi
done
mount --bind "$hosts" "$root/etc/hosts"
exec chroot "$root" "$@"
