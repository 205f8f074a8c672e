/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/request: the configuration on stdin. First byte: the verb (A, D, C, G, S); the rest: the document. */
#include "conf/request.h"

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"

static struct request request;

/** command_of() - any other byte stands for a verb, too, so that no input is wasted */
static char *command_of(uint8_t byte)
{
	static char commands[][24] = {"CNI_COMMAND=ADD", "CNI_COMMAND=DEL", "CNI_COMMAND=CHECK", "CNI_COMMAND=GC",
				      "CNI_COMMAND=STATUS"};
	static const char letters[] = "ADCGS";
	const char *letter = byte ? strchr(letters, byte) : NULL;

	return commands[letter ? (size_t)(letter - letters) : byte % (sizeof commands / sizeof *commands)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char container[] = "CNI_CONTAINERID=container", netns[] = "CNI_NETNS=/run/netns/a",
		    ifname[] = "CNI_IFNAME=eth0", path[] = "CNI_PATH=/opt/cni/bin";
	static const char *const kinds[] = {"cambric", "loopback"};

	if (size == 0)
		return 0;
	char *environment[] = {command_of(data[0]), container, netns, ifname, path, NULL};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct error err = ERROR_INIT;
		AUTO_CLOSE int input = memory_input(data + 1, size - 1);

		demand_verdict(request_read(&request, kinds[i], environment, input, &err), &err);
		request_free(&request);
	}
	return 0;
}
