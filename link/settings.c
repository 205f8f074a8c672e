/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tuning does, at the right moment. */
#include "link/settings.h"

#include "kernel/sysctl.h"
#include "link/messages.h"

#include <string.h>

enum { FOLDER_SIZE = SYSCTL_KEY_SIZE };

static const char IFNAME[] = "IFNAME";

/** struct texts - what the kernel's room is told of a sysctl; its pointers lead into this and the attachment */
struct texts {
	struct sysctl settings[MAX_SYSCTLS];
	char folders[MAX_SYSCTLS][FOLDER_SIZE];
};

/** is_ifname() - whether the word IFNAME stands here as a component of its own */
static bool is_ifname(const char *key, const char *at)
{
	const char after = at[sizeof IFNAME - 1];

	return (at == key || at[-1] == '/') && (after == '/' || after == '\0');
}

/** split() - "ipv4/conf/IFNAME/x" into the folder "ipv4/conf/%s" and the name "x" */
static struct sysctl split(const struct setting *setting, char folder[static FOLDER_SIZE])
{
	const char *name = strrchr(setting->key, '/'), *ifname = strstr(setting->key, IFNAME);
	size_t length = name ? (size_t)(name - setting->key) : 0;

	memcpy(folder, setting->key, length);
	folder[length] = '\0';
	if (ifname && ifname < setting->key + length && is_ifname(setting->key, ifname)) {
		char *place = folder + (ifname - setting->key), *rest = place + sizeof IFNAME - 1;
		place[0] = '%';
		place[1] = 's';
		memmove(place + 2, rest, strlen(rest) + 1);
	}
	return (struct sysctl){.directory = folder, .name = name ? name + 1 : setting->key, .value = setting->value};
}

static void split_all(struct texts *texts, const struct container_settings *settings)
{
	for (size_t i = 0; i < settings->sysctl_count; i++)
		texts->settings[i] = split(&settings->sysctls[i], texts->folders[i]);
}

int settings_ensure(const struct attachment *want, struct kernel *kernel, struct error *err)
{
	const struct container_settings *settings = &want->settings;
	struct texts texts;

	if (settings->sysctl_count == 0)
		return 0;
	split_all(&texts, settings);
	return sysctl_ensure_in(kernel->container_netns, texts.settings, settings->sysctl_count, want->id.ifname, err);
}

static int verify_link(const struct attachment *want, struct rtnl *container, struct error *err)
{
	const struct container_settings *settings = &want->settings;
	struct link_state end;
	bool exists;

	if (link_query(container, want->id.ifname, &end, &exists, err) < 0)
		return -1;
	if (!exists)
		return error_set(err, ERROR_DRIFT, 0, "interface %s is missing in the container", want->id.ifname);
	if ((settings->promisc && !(end.flags & IFF_PROMISC)) || (settings->allmulti && !(end.flags & IFF_ALLMULTI)))
		return error_set(err, ERROR_DRIFT, 0, "interface %s is not %s in the container", want->id.ifname,
				 settings->promisc && !(end.flags & IFF_PROMISC) ? "promiscuous" : "allmulti");
	if (settings->sizes_queue && end.tx_queue_length != settings->tx_queue_length)
		return error_set(err, ERROR_DRIFT, 0, "interface %s has txQLen %u, expected %u", want->id.ifname,
				 end.tx_queue_length, settings->tx_queue_length);
	return 0;
}

int settings_verify(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err)
{
	const struct container_settings *settings = &want->settings;
	struct texts texts;

	(void)store;
	if ((settings->promisc || settings->allmulti || settings->sizes_queue) &&
	    verify_link(want, kernel->container, err) < 0)
		return -1;
	if (settings->sysctl_count == 0)
		return 0;
	split_all(&texts, settings);
	return sysctl_verify_in(kernel->container_netns, texts.settings, settings->sysctl_count, want->id.ifname, err);
}
