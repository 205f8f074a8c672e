# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For scripts that need a kernel of their own: nothing here may ever run on the machine itself.

if [ -z "${CAMBRIC_GUEST:-}" ]; then
	echo "Bail out! run it as: integration/vm/run.sh $0" >&2
	exit 1
fi
. integration/lib.sh

# without_module NAME... - as on a kernel that does not have them, until with_module or the end of the script
without_module() {
	local module
	for module; do
		echo "install $module /bin/false" >"/etc/modprobe.d/without-$module.conf"
	done
	modprobe --remove --ignore-install "$@"
}

# with_module NAME... - back again
with_module() {
	local module
	for module; do
		rm -f "/etc/modprobe.d/without-$module.conf"
	done
}
