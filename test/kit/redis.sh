#!/usr/bin/env bash
# Prints the path of a redis-server: the one on the PATH, or that of this machine's Debian or Ubuntu, unpacked once with the
# libraries it lacks into a folder of its own (7 MB, a few seconds). Nothing is installed.
set -euo pipefail
home="${XDG_CACHE_HOME:-$HOME/.cache}/local-redis"
server="$home/redis-server"

refuse() { echo "$1" >&2; exit 77; }

command -v redis-server && exit 0
if [ -x "$server" ]; then echo "$server"; exit 0; fi
command -v apt-get >/dev/null || refuse 'no redis-server is on the PATH, and there is no apt-get to fetch one with'
mkdir -p "$home"
exec 9>"$home/lock"
flock 9
if [ -x "$server" ]; then echo "$server"; exit 0; fi

log="$home/provision.log"
fetch() {
  rm -rf "$home/debs"
  mkdir -p "$home/debs/partial"
  apt-get install --download-only --yes --no-install-recommends -o Debug::NoLocking=true -o APT::Sandbox::User= \
    -o Dir::Cache::archives="$home/debs" redis-server >>"$log" 2>&1
}
fetch || { apt-get update >>"$log" 2>&1 && fetch; } || refuse "no redis-server is on the PATH, and none could be fetched; see $log"

rm -rf "$home/root"
for package in "$home"/debs/*.deb; do dpkg-deb --extract "$package" "$home/root"; done
rm -rf "$home/debs"
libraries="$(find "$home/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)"
cat >"$server.new" <<END
#!/bin/sh
LD_LIBRARY_PATH="$libraries" exec "$home/root/usr/bin/redis-server" "\$@"
END
chmod +x "$server.new"
"$server.new" --version >>"$log" 2>&1 || refuse "the redis-server that was fetched does not run; see $log"
mv "$server.new" "$server"
echo "$server"
