#!/bin/sh
# tests/peers/images.sh SOCKET - makes the images of tests and scenarios, without any registry:
#
#   rehearsal/web:1, rehearsal/web:2   busybox httpd on port 80, "hello v1" and "hello v2"
#   rehearsal/shell:1                  a plain shell; runs until it is stopped
#
# Needs docker (the client) and a static busybox (package busybox-static). An image that is there is
# left as it is.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 SOCKET" >&2; exit 2; }
docker_at() { docker -H "unix://$socket" "$@"; }
socket=$1
busybox=$(command -v busybox || true)
if [ -z "$busybox" ]; then
    echo "$0: busybox is not installed (package busybox-static)" >&2
    exit 1
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root/bin" "$root/www" "$root/tmp" "$root/etc"
cp "$busybox" "$root/bin/busybox"
for tool in sh ls cat echo sleep httpd nc env kill ps grep rm touch seq timeout dd true false tail \
    hostname test; do
    ln -sf busybox "$root/bin/$tool"
done
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"

# make NAME CMD: imports the folder as it is now.
make() {
    docker_at image inspect "$1" >/dev/null 2>&1 && return 0
    tar -C "$root" -c . | docker_at import -c "CMD $2" -c 'ENV PATH=/bin' - "$1" >/dev/null
}

for version in 1 2; do
    echo "hello v$version" >"$root/www/index.html"
    make "rehearsal/web:$version" '["/bin/httpd", "-f", "-p", "80", "-h", "/www"]'
done
rm "$root/www/index.html"
make rehearsal/shell:1 '["/bin/tail", "-f", "/dev/null"]'
