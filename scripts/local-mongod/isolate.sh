#!/usr/bin/env bash
# isolate.sh ROOTFS DATADIR [postgres options]: runs the root's PostgreSQL as the first process of namespaces of its
# own, DATADIR/pg as /mnt. It dies with the caller. Where the caller is not root, user namespaces make do.
set -euo pipefail
bin=/usr/lib/postgresql/18/bin

if [ -z "${ISOLATED:-}" ]; then
  export ISOLATED=root; namespaces=()
  [ "$(id -u)" = 0 ] || { ISOLATED=user; namespaces=(--user --map-root-user); }
  exec setpriv --pdeathsig KILL \
    unshare "${namespaces[@]}" --mount --propagation private --pid --fork --kill-child=KILL "$0" "$@"
fi

root="$1" data="$2"; shift 2
# Held by every process of the server, so that a second server cannot write to the same files.
exec 9>"$data/lock"
flock --wait 10 9 || { echo "local-mongod: another server runs on $data; stop it first" >&2; exit 1; }
chmod 700 "$data/pg"
# PostgreSQL refuses to run as root. A change of user clears the signal that ties it to its parent: set it again.
IFS=: read -r _ _ uid gid _ < <(grep '^postgres:' "$root/etc/passwd")
if [ "$ISOLATED" = root ]; then
  chown "$uid:$gid" "$data/pg"
  as_postgres=(setpriv --reuid "$uid" --regid "$gid" --clear-groups --pdeathsig KILL)
else
  as_postgres=(unshare --user --map-user="$uid" --map-group="$gid" setpriv --pdeathsig KILL)
fi

mount --rbind "$root" "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind "$data/pg" "$root/mnt"
cd "$root"
pivot_root . media
cd /

if [ ! -e /mnt/data ]; then
  # Under another name until it is whole: a set-up that was killed half way starts over.
  rm -rf /mnt/new
  "${as_postgres[@]}" "$bin/initdb" -D /mnt/new -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  mv /mnt/new /mnt/data
fi
rm -f /mnt/data/postmaster.pid
exec "${as_postgres[@]}" "$bin/postgres" -D /mnt/data "$@"
