/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One kind of tunnel, driven by hand: tunnel KIND COMMAND LOCAL PEER..., where PEER is HOST=SUBNET,...[=PUBLIC_KEY].
   COMMAND is make (the device, down), join, part, check, key, or routes and stale: lines for "ip -batch" that add and
   delete the routes of these peers. The device is called "tunnel"; TUNNEL_KEY names the file of the private key. */
#include "base/base64.h"
#include "kernel/kernel.h"
#include "kernel/message.h"
#include "link/messages.h"
#include "overlay/kind.h"
#include "overlay/wireguard.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char device[] = "tunnel";

/** struct job - what was asked for */
struct job {
	const struct tunnel_kind *kind;
	struct kernel kernel;
	struct overlay overlay;
	int ifindex;
};

static const struct tunnel_kind *kind_of(const char *name)
{
	for (int kind = OVERLAY_NONE; kind <= OVERLAY_DIRECT; kind++) {
		const struct tunnel_kind *found = tunnel_kind_find((enum overlay_kind)kind);
		if (found && strcmp(found->name, name) == 0)
			return found;
	}
	return NULL;
}

static bool peer_parse(char *text, struct overlay_peer *peer)
{
	char *subnets = strchr(text, '='), *key = subnets ? strchr(subnets + 1, '=') : NULL;

	if (!subnets)
		return false;
	*subnets++ = '\0';
	if (key)
		*key++ = '\0';
	for (char *each = strtok(subnets, ","); each; each = strtok(NULL, ","))
		if (peer->subnet_count == MAX_PEER_SUBNETS || !prefix_parse(each, &peer->subnets[peer->subnet_count++]))
			return false;
	peer->has_key = key && base64_decode(key, peer->public_key, WIREGUARD_KEY_SIZE);
	return ip_parse(text, &peer->host) && (!key || peer->has_key);
}

static struct nl_msg *build_device(const struct job *job)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nl_msg *msg = message_begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	struct nlattr *info = NULL, *data = NULL;
	bool whole = msg && nla_put_string(msg, IFLA_IFNAME, device) == 0 &&
		     nla_put_u32(msg, IFLA_MTU, 1500 - job->kind->overhead) == 0 &&
		     (info = nla_nest_start(msg, IFLA_LINKINFO)) &&
		     nla_put_string(msg, IFLA_INFO_KIND, job->kind->link_kind) == 0 &&
		     (data = nla_nest_start(msg, IFLA_INFO_DATA)) &&
		     job->kind->put(msg, &job->overlay, NULL, false) == 0;

	if (whole) {
		nla_nest_end(msg, data);
		nla_nest_end(msg, info);
	}
	return message_finish(msg, whole);
}

static int see_data(struct nlmsghdr *answer, void *into, struct error *err)
{
	const struct job *job = into;
	struct nlattr *info = nlmsg_find_attr(answer, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	struct nlattr *data = info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_DATA) : NULL;

	return job->kind->same(&job->overlay, NULL, data) ? 0 : error_set(err, ERROR_DRIFT, 0, "the device differs");
}

static int check(struct job *job, struct error *err)
{
	const struct ifinfomsg header = {.ifi_index = job->ifindex};

	if (rtnl_ask(job->kernel.host, message_begin(RTM_GETLINK, 0, &header, sizeof header), see_data, job, err,
		     "query") < 0)
		return -1;
	return !job->kind->joined ? 0
				  : job->kind->joined(&job->kernel, job->ifindex, &job->overlay, job->overlay.peers,
						      job->overlay.peer_count, err);
}

static int print_key(struct job *job, struct error *err)
{
	char text[BASE64_SIZE(WIREGUARD_KEY_SIZE)];
	uint8_t key[WIREGUARD_KEY_SIZE];

	if (wireguard_public_key(job->ifindex, key, err) < 0)
		return -1;
	return puts(base64_encode(key, sizeof key, text)) < 0 ? -1 : 0;
}

static int print_routes(const struct job *job, const char *verb)
{
	char subnet[PREFIX_TEXT_SIZE], gateway[IP_TEXT_SIZE];

	for (size_t i = 0; i < job->overlay.peer_count; i++) {
		const struct overlay_peer *peer = &job->overlay.peers[i];
		for (size_t j = 0; j < peer->subnet_count; j++) {
			const struct next_hop hop = job->kind->next_hop(peer, peer->subnets[j].ip.family);
			printf("route %s %s %s %s dev %s %s\n", verb, prefix_format(&peer->subnets[j], subnet),
			       ip_is_set(&hop.gateway) ? "via" : "", ip_format(&hop.gateway, gateway), device,
			       hop.onlink ? "onlink" : "");
		}
	}
	return 0;
}

static int with_device(struct job *job, const char *command, struct error *err)
{
	int (*const act)(struct kernel *, int, const struct overlay *, const struct overlay_peer[], size_t,
			 struct error *) = strcmp(command, "join") == 0 ? job->kind->join : job->kind->part;
	struct link_state state;
	bool exists;

	if (link_query(job->kernel.host, device, &state, &exists, err) < 0)
		return -1;
	job->ifindex = state.ifindex;
	if (strcmp(command, "check") == 0)
		return check(job, err);
	if (strcmp(command, "key") == 0)
		return print_key(job, err);
	return !act ? 0
		    : act(&job->kernel, job->ifindex, &job->overlay, job->overlay.peers, job->overlay.peer_count, err);
}

static int run(struct job *job, const char *command, struct error *err)
{
	if (strcmp(command, "routes") == 0)
		return print_routes(job, "replace");
	if (strcmp(command, "stale") == 0)
		return print_routes(job, "del");
	if (kernel_open(&job->kernel, err) < 0)
		return -1;
	if (strcmp(command, "make") == 0)
		return rtnl_request(job->kernel.host, build_device(job), err, "make %s", job->kind->name);
	return with_device(job, command, err);
}

int main(int argc, char *argv[])
{
	struct job job = {.kernel = KERNEL_CLOSED, .overlay.ttl = 64};
	struct error err = ERROR_INIT;
	const char *key = getenv("TUNNEL_KEY");

	(void)snprintf(job.overlay.private_key_file, sizeof job.overlay.private_key_file, "%s", key ? key : "");
	if (argc < 4 || !(job.kind = kind_of(argv[1])) || !ip_parse(argv[3], &job.overlay.local) ||
	    !(job.overlay.peers = calloc((size_t)argc, sizeof *job.overlay.peers)))
		return EXIT_FAILURE;
	for (int i = 4; i < argc; i++)
		if (!peer_parse(argv[i], &job.overlay.peers[job.overlay.peer_count++]))
			return EXIT_FAILURE;
	int status = run(&job, argv[2], &err);
	if (status < 0)
		(void)fprintf(stderr, "%d %s (%s)\n", err.code, err.msg, err.details);
	(void)fputs(err.warning, stderr);
	kernel_close(&job.kernel);
	free(job.overlay.peers);
	return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
