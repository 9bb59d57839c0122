#!/usr/bin/env bash
# Takes the kernel of a Debian cloud image, and busybox, out of their packages, to boot small guests of it in tests
# (tests/Flms.Agent.Tests/DebianGuest.cs). Nothing is installed.
#   eng/debian-guest.sh FOLDER [SUITE]   SUITE: as in bookworm-backports; default: what apt knows of this machine
# FOLDER then has vmlinuz, kernel (its release) and root/ (busybox, modules, /init). If this script, as it is, has made
# them already, nothing is done. Exit code: 0, or 1 with one line that says what is missing.
set -euo pipefail

die() {
  printf 'debian-guest.sh: %s\n' "$1" >&2
  exit 1
}

# In the order in which they are loaded; those that a kernel does not have are left out.
modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net
  virtio_blk rng-core virtio-rng qemu_fw_cfg irqbypass kvm kvm-amd)

[ $# -gt 0 ] || die "needs a folder; its first lines explain it"
folder=$1
suite=${2-}
[ "$(uname -m)" = x86_64 ] || die "makes guests for x86_64 only"
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" > /dev/null || die "needs a Debian with $tool"
done

mkdir -p "$folder"
folder=$(cd -- "$folder" && pwd)
exec 9> "$folder/lock"
flock 9
made=$(sha256sum < "$0")
[ "$(cat "$folder/made" 2> /dev/null)" != "$made" ] || exit 0
work=$(mktemp -d "$folder/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

apt=()
if [ -n "$suite" ]; then
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -e "$keys" ] || die "needs Debian's keys (apt-get install debian-archive-keyring)"
  echo "deb [signed-by=$keys] http://deb.debian.org/debian $suite main" > sources.list
  mkdir -p lists/partial
  apt=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache::pkgcache=$work/pkgcache.bin"
    -o "Dir::Cache::srcpkgcache=$work/srcpkgcache.bin")
  apt-get "${apt[@]}" update > log 2>&1 || die "$suite cannot be had: $(tail -n 1 log)"
fi

# The package that linux-image-cloud-amd64 stands for. Lists that are old name packages that are gone: ask once more.
fetch() {
  local image
  image=$(apt-cache "${apt[@]}" depends linux-image-cloud-amd64 2> log |
    awk '/Depends: linux-image/ { print $2; exit }')
  [ -n "$image" ] || return 1
  apt-get "${apt[@]}" download "$image" > log 2>&1
}
fetch || { apt-get "${apt[@]}" update > log 2>&1 && fetch; } || die "no cloud kernel can be had: $(tail -n 1 log)"
apt-get download busybox-static > log 2>&1 || die "busybox-static cannot be had: $(tail -n 1 log)"

for package in *.deb; do dpkg-deb -x "$package" .; done
release=$(basename lib/modules/* 2> /dev/null) || true
[ -d "lib/modules/$release" ] || release=$(basename usr/lib/modules/*)
tree=root
mkdir -p $tree/{bin,dev,proc,sys,run,tmp,etc,root,modules,opt}
cp bin/busybox $tree/bin/busybox 2> /dev/null || cp usr/bin/busybox $tree/bin/busybox
for module in "${modules[@]}"; do
  file=$(find . -path "*/modules/$release/*/$module.ko*" | head -n 1)
  [ -n "$file" ] || continue
  case $file in
    *.xz) xz -dc "$file" > "$tree/modules/$module.ko" ;;
    *.zst) zstd -qdc "$file" > "$tree/modules/$module.ko" ;;
    *) cp "$file" "$tree/modules/$module.ko" ;;
  esac
  echo "$module" >> $tree/modules/order
done

# A shell on the second serial port, which a test talks to.
cat > $tree/init << 'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mkdir -p /sys/fs/cgroup && mount -t cgroup2 cgroup /sys/fs/cgroup
while read -r module; do insmod "/modules/$module.ko" 2> /dev/null; done < /modules/order
export PATH=/bin HOME=/root TERM=dumb
stty -F /dev/ttyS1 raw -echo
# Not straight from the port: a shell on a terminal would prompt and echo.
while true; do cat /dev/ttyS1 | sh > /dev/ttyS1 2>&1; done
END
chmod +x $tree/init

rm -rf "$folder/root" "$folder/vmlinuz"
mv $tree "$folder/root"
cp "boot/vmlinuz-$release" "$folder/vmlinuz" 2> /dev/null || cp "usr/lib/modules/$release/vmlinuz" "$folder/vmlinuz"
echo "$release" > "$folder/kernel"
echo "$made" > "$folder/made"
