#!/bin/sh
# Makes an image that stands in for the Dockerfile's base where no registry can be reached:
#
#   base.sh docker.io/library/python:3.13-slim-bookworm
#
# It is Debian 13 whatever its name says, because that is the Debian whose Python is 3.13. The
# interpreter lies in /usr/local and has pip, as in the image whose name it takes. What differs:
# Debian's build of Python, and a newer libc. Needs root, debootstrap and buildah.
set -eu
name=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates,python3.13-venv trixie "$root"
find "$root/var/cache" "$root/var/lib/apt/lists" "$root/var/log" -type f -delete
rm -rf "$root/usr/share/doc" "$root/usr/share/locale" "$root/usr/share/man"

mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/python3.13"
mv "$root/usr/bin/python3.13" "$root/usr/local/bin/"
cp -a "$root/usr/lib/python3.13/." "$root/usr/local/lib/python3.13/"
rm -r "$root/usr/lib/python3.13"
ln -s python3.13 "$root/usr/local/bin/python3"
ln -s python3.13 "$root/usr/local/bin/python"
rm "$root/usr/local/lib/python3.13/EXTERNALLY-MANAGED"
chroot "$root" sh -c '/usr/local/bin/python -m zipfile --extract \
  /usr/share/python-wheels/pip-*.whl /usr/local/lib/python3.13/dist-packages'

container=$(buildah from scratch)
trap 'rm -rf "$root"; buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
  --env LANG=C.UTF-8 --cmd python3 "$container"
buildah commit --quiet --format docker "$container" "$name" >/dev/null
