/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic netlink without libnl-genl: one question, and a header of four bytes. */
#include "kernel/generic.h"

#include "kernel/message.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>

/* What is read below has the size it is read with */
static const struct nla_policy family_policy[CTRL_ATTR_MAX + 1] = {[CTRL_ATTR_FAMILY_ID] = {.type = NLA_U16}};

struct nl_msg *generic_begin(uint16_t family, int flags, uint8_t command, uint8_t version, size_t size)
{
	struct genlmsghdr header = {.cmd = command, .version = version};
	struct nl_msg *msg = nlmsg_alloc_size(size);

	return message_finish(msg, msg && nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags) &&
					   nlmsg_append(msg, &header, sizeof header, NLMSG_ALIGNTO) == 0);
}

int generic_attributes(struct nlmsghdr *answer, struct nlattr *attributes[], int last, const struct nla_policy *policy)
{
	return nlmsg_parse(answer, GENL_HDRLEN, attributes, last, policy) < 0 ? -1 : 0;
}

static int read_family(struct nlmsghdr *answer, void *into, struct error *err)
{
	struct nlattr *attributes[CTRL_ATTR_MAX + 1] = {0};

	if (answer->nlmsg_type != GENL_ID_CTRL ||
	    generic_attributes(answer, attributes, CTRL_ATTR_MAX, family_policy) < 0 ||
	    !attributes[CTRL_ATTR_FAMILY_ID])
		return error_set(err, ERROR_KERNEL, EBADMSG, "answer about a netlink family");
	*(uint16_t *)into = nla_get_u16(attributes[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

int generic_family(struct rtnl *generic, const char *name, uint16_t *family, struct error *err)
{
	enum { REQUEST_SIZE = 256 };
	struct nl_msg *msg = generic_begin(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1, REQUEST_SIZE);

	if (msg)
		msg = message_finish(msg, nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name) == 0);
	return rtnl_ask(generic, msg, read_family, family, err, "find netlink family \"%s\"", name);
}
