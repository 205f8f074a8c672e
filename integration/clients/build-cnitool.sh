#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build cnitool, the reference client, from Debian's source package into build/cnitool; a second run does nothing.
set -eu
cd "$(dirname "$0")/../.."
package=golang-github-appc-cni
tool=$PWD/build/cnitool
[ ! -x "$tool" ] || exit 0

# Most machines have no deb-src lines: take the package lists of this machine and ask for sources, in a folder of our own
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" build
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
	[ -f "$list" ] || continue
	sed -e 's/^deb /deb-src /' -e 's/^Types: .*/Types: deb-src/' "$list" >"$work/parts/${list##*/}"
done
[ ! -f "$work/parts/sources.list" ] || mv "$work/parts/sources.list" "$work/parts/main.list"
source_apt() {
	apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root -qq "$@"
}

# A list without sources makes "update" fail as a whole; what counts is whether the package comes
source_apt update || true
(cd "$work" && source_apt source --download-only "$package")
mkdir -p "$work/src/github.com/containernetworking/cni"
tar -xf "$work/$package"_*.orig.tar.* -C "$work/src/github.com/containernetworking/cni" --strip-components=1
HOME=$work GO111MODULE=off GOFLAGS=-trimpath GOPATH=$work:/usr/share/gocode GOCACHE=$work/cache/go \
	go build -o "$tool" github.com/containernetworking/cni/cnitool
