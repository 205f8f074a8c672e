/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plugin that does nothing: the least that a process and a valid result cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	const char *command = getenv("CNI_COMMAND");

	if (command && strcmp(command, "ADD") == 0)
		(void)puts("{\"cniVersion\": \"0.4.0\", \"interfaces\": [], \"ips\": []}");
	if (command && strcmp(command, "VERSION") == 0)
		(void)puts("{\"cniVersion\": \"0.4.0\", \"supportedVersions\": [\"0.3.1\", \"0.4.0\", \"1.0.0\"]}");
	return EXIT_SUCCESS;
}
