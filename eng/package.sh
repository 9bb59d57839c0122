#!/usr/bin/env bash
# Builds the Debian package: ./flms package [FOLDER]
# Writes flms_VERSION_ARCHITECTURE.deb into FOLDER (default: out/) and prints its path. The same commit gives the same
# bytes, whenever and wherever it is built. Needs the .NET SDK, Node.js and dpkg-deb; eng/package-test.sh tries it out.
#
# Theory of operation. The program is one file with the .NET runtime in it, because Debian has no .NET. That flms then
# writes its own manual pages, completion and configuration. Everything is put into a folder as it shall be installed;
# dpkg-deb makes a package of it. Paths of this machine are kept out of the program by PathMap, times by
# SOURCE_DATE_EPOCH (the commit's, unless it is set).
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
# shellcheck source=eng/build.sh
source "$root/eng/build.sh"

folder=${1-$root/out}
command -v dpkg-deb > /dev/null || flms_die "needs dpkg-deb (apt-get install dpkg)"
flms_need_dotnet
architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) runtime=linux-x64 ;;
  arm64) runtime=linux-arm64 ;;
  *) flms_die "builds for amd64 and arm64, not for $architecture" ;;
esac
version=$(sed -n 's/.*<Version>\(.*\)<.*/\1/p' "$root/eng/Common.props")
if [ -z "${SOURCE_DATE_EPOCH-}" ]; then
  SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2> /dev/null) ||
    SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' "$root/packaging/debian/changelog")" +%s)
fi
export SOURCE_DATE_EPOCH LC_ALL=C
umask 022

flms_lock
work=$state/package
rm -rf "$work/tree"
mkdir -p "$folder" "$work/tree/DEBIAN"
folder=$(cd -- "$folder" && pwd)
echo "Building flms $version for $architecture…" >&2
flms_build_web
# Warnings and style are for the usual build to find. The runtime is compiled ahead of time as it comes: not again, with
# the program, into one image (Composite), which takes minutes.
flms_quietly "flms for $runtime" dotnet publish "$root/src/Flms.Cli" -c Release -r "$runtime" --self-contained \
  -nologo -v quiet --artifacts-path "$work/build" -o "$work/publish" -p:PublishSingleFile=true \
  -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=false -p:DebugType=embedded \
  -p:GenerateDocumentationFile=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false "-p:PathMap=$root=/flms"

# Usage: into MODE FOLDER FILE...: copies them there, below the root of the package.
into() {
  local mode=$1 to=$work/tree/$2
  shift 2
  mkdir -p "$to"
  install -m "$mode" "$@" "$to"
}

into 755 usr/lib/flms "$work/publish/flms"
into 644 usr/lib/flms "$work"/publish/*.so
into 644 usr/lib/flms/paper "$work"/publish/paper/*.yaml
mkdir -p "$work/tree/usr/bin"
ln -s ../lib/flms/flms "$work/tree/usr/bin/flms"
into 644 usr/lib/systemd/system "$root/packaging/systemd/flms-agent.service"
into 644 usr/lib/sysusers.d "$root/packaging/systemd/flms.conf"
into 644 usr/share/flms/prometheus "$root/packaging/prometheus/flms-agent.rules.yaml"
into 644 usr/share/flms/grafana "$root/packaging/grafana/flms-agent.json"
into 644 usr/share/lintian/overrides "$root/packaging/debian/lintian-overrides"
mv "$work/tree/usr/share/lintian/overrides/lintian-overrides" "$work/tree/usr/share/lintian/overrides/flms"

(cd "$root" && "$work/publish/flms" docs --package "$work/tree")
gzip -9n "$work"/tree/usr/share/man/man*/*

doc=usr/share/doc/flms
into 644 $doc "$root"/packaging/debian/{changelog,copyright} "$root"/CHANGELOG.md "$root"/docs/*.md
into 644 $doc/schedulers "$root"/docs/schedulers/*.md
(cd "$root" && find scenarios -type f ! -name '.*' -printf '%h\n' | sort -u) | while read -r path; do
  into 644 "$doc/examples/$path" "$root/$path"/*.*
done
# The runtime came from here, and its notices with it.
packages=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
notices=$(find "$packages/microsoft.netcore.app.runtime.$runtime" -name THIRD-PARTY-NOTICES.TXT | sort | tail -n 1)
install -m 644 "$notices" "$work/tree/$doc/dotnet-third-party-notices.txt"
gzip -9n "$work/tree/$doc"/{changelog,dotnet-third-party-notices.txt}

control=$work/tree/DEBIAN
install -m 755 "$root"/packaging/debian/{postinst,prerm,postrm} "$control"
echo /etc/flms/agent.yaml > "$control/conffiles"
(cd "$work/tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$control/md5sums"
size=$(du -sk --apparent-size --exclude=DEBIAN "$work/tree" | cut -f 1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
  "$root/packaging/debian/control" > "$control/control"
find "$work/tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

package=$folder/flms_${version}_$architecture.deb
flms_quietly "the package" dpkg-deb --root-owner-group -Zgzip -z6 --build "$work/tree" "$package"
flms_unlock
echo "$package"
