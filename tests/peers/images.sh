#!/bin/sh
# tests/peers/images.sh SOCKET - makes the images of tests and scenarios, without any registry:
#
#   rehearsal/web:1, rehearsal/web:2   busybox httpd on port 80, "hello v1" and "hello v2"
#   rehearsal/cgi:1                    the same with programs: /cgi-bin/work takes some 20 ms,
#                                      /cgi-bin/call?NAME asks NAME for that through the mesh;
#   rehearsal/cgi:2, rehearsal/cgi:3   /cgi-bin/page answers; of the second a third with 500
#   rehearsal/caller:1                 cgi:1 again: scenarios say otherwise of it
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
    hostname test printf; do
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
mkdir "$root/www/cgi-bin"
cat >"$root/www/cgi-bin/work" <<'END'
#!/bin/sh
sleep 0.02
printf 'Content-Type: text/plain\r\n\r\nworked\n'
END
cat >"$root/www/cgi-bin/call" <<'END'
#!/bin/sh
answer=$(printf 'GET /cgi-bin/work HTTP/1.0\r\nHost: %s\r\n\r\n' "$QUERY_STRING" |
    nc "${REHEARSAL_MESH%:*}" "${REHEARSAL_MESH#*:}")
case $answer in
HTTP/1.?' 200 '*worked) printf 'Content-Type: text/plain\r\n\r\ncalled\n' ;;
*) printf 'Status: 502 Bad Gateway\r\nContent-Type: text/plain\r\n\r\nnot called\n' ;;
esac
END
chmod 755 "$root/www/cgi-bin/work" "$root/www/cgi-bin/call"
make rehearsal/cgi:1 '["/bin/httpd", "-f", "-p", "80", "-h", "/www"]'
docker_at tag rehearsal/cgi:1 rehearsal/caller:1
for version in 2 3; do
    cat >"$root/www/cgi-bin/page" <<END
#!/bin/sh
if [ $version = 3 ] && [ \$((RANDOM % 3)) = 0 ]; then
    printf 'Status: 500 Internal Server Error\\r\\n'
fi
printf 'Content-Type: text/plain\\r\\n\\r\\nhello v$version\\n'
END
    chmod 755 "$root/www/cgi-bin/page"
    make "rehearsal/cgi:$version" '["/bin/httpd", "-f", "-p", "80", "-h", "/www"]'
done
rm -r "$root/www/cgi-bin"
make rehearsal/shell:1 '["/bin/tail", "-f", "/dev/null"]'
