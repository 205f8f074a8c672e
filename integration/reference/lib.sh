# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scripts of this folder share: which plugins are asked, and a host whose files they may write.
#
# BIN=/usr/lib/cni asks the reference plugins of Debian, no BIN asks ours: $PLUGIN under each of the reference's names.
# Rows that need a later release of the reference than is installed are counted, and run on ours only.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if [ -n "${BIN:-}" ]; then
	side=reference
	REFERENCE=${REFERENCE:-$(dpkg-query -W -f '${Version}' containernetworking-plugins)} || exit 1
else
	side=ours
	BIN=$scratch/bin
	mkdir "$BIN"
	for name in bridge ptp tap loopback dummy host-device macvlan ipvlan vlan host-local static portmap firewall tuning \
		bandwidth sbr vrf; do
		ln -s "$PLUGIN" "$BIN/$name"
	done
fi
# What plugins write unless they are told otherwise is in folders that nobody else sees
mount -t tmpfs tmpfs /var/lib && mkdir -p /etc/cni && mount -t tmpfs tmpfs /etc/cni || exit 1

# rows TABLE - run the rows of a table and take over their verdicts
rows() {
	judged_by env SIDE="$side" BIN="$BIN" REFERENCE="${REFERENCE:-}" /usr/bin/python3 -SEB integration/reference/suite.py "$@"
}
