/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/port_mappings: checks, joining, conflicts. */
#include "conf/port_mappings.h"

#include "tests/tap.h"

#include <stdlib.h>

static struct attachment want;

/** read_text() - parse a list given as text with ' for " */
static struct error read_text(const char *text)
{
	struct error err = ERROR_INIT;
	static char buffer[1 << 20];
	json_t *document;
	struct field list;

	(void)snprintf(buffer, sizeof buffer, "%s", text);
	for (char *letter = buffer; *letter; letter++)
		if (*letter == '\'')
			*letter = '"';
	document = json_loads(buffer, 0, NULL);
	list = field_root(document, "portMappings");
	attachment_init(&want);
	(void)port_mappings_read(&want, &list, &err);
	json_decref(document);
	return err;
}

/** shown() - what was read, as "host_ip:host_port>container_port*count/protocol" each */
static const char *shown(void)
{
	static char text[1024];
	char ip[IP_TEXT_SIZE];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < want.port_count && i < 16; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s:%u>%u*%u/%s", i ? " " : "",
					 ip_format(&want.ports[i].host_ip, ip), want.ports[i].host_port,
					 want.ports[i].container_port, want.ports[i].count,
					 protocol_name(want.ports[i].protocol));
	return text;
}

static void test_accepted(void)
{
	static const char *const cases[][2] = {
		{"[]", ""},
		{"[{'hostPort':8080,'containerPort':80,'protocol':'tcp'}]", ":8080>80*1/tcp"},
		{"[{'HOSTPORT':8080,'ContainerPort':80,'Protocol':'TCP','hostip':''}]", ":8080>80*1/tcp"},
		{"[{'hostPort':1,'containerPort':65535,'protocol':'Sctp','hostIP':'192.0.2.1'}]",
		 "192.0.2.1:1>65535*1/sctp"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'udp','hostIP':'::ffff:192.0.2.1'}]",
		 "192.0.2.1:80>1*1/udp"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'udp','hostIP':'127.0.0.1'}]", "127.0.0.1:80>1*1/udp"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'udp','hostIP':'::'},"
		 "{'hostPort':80,'containerPort':2,'protocol':'udp','hostIP':'0.0.0.0'}]",
		 "0.0.0.0:80>2*1/udp :::80>1*1/udp"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'udp'},{'hostPort':80,'containerPort':2,'protocol':'tcp'"
		 "}]",
		 ":80>2*1/tcp :80>1*1/udp"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'udp','hostIP':'192.0.2.1'},"
		 "{'hostPort':80,'containerPort':2,'protocol':'udp','hostIP':'192.0.2.2'}]",
		 "192.0.2.1:80>1*1/udp 192.0.2.2:80>2*1/udp"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = read_text(cases[i][0]);

		is_text(err.msg, "", cases[i][0]);
		is_text(shown(), cases[i][1], "as read");
	}
}

static void test_joined(void)
{
	static const char *const cases[][2] = {
		{"[{'hostPort':81,'containerPort':91,'protocol':'tcp'},{'hostPort':80,'containerPort':90,'protocol':'"
		 "tcp'},"
		 "{'hostPort':82,'containerPort':92,'protocol':'TCP'}]",
		 ":80>90*3/tcp"},
		{"[{'hostPort':80,'containerPort':90,'protocol':'tcp'},{'hostPort':80,'containerPort':90,'protocol':'"
		 "tcp'}]",
		 ":80>90*1/tcp"},
		{"[{'hostPort':80,'containerPort':90,'protocol':'tcp'},{'hostPort':81,'containerPort':91,'protocol':'"
		 "tcp'},"
		 "{'hostPort':81,'containerPort':91,'protocol':'tcp'},{'hostPort':82,'containerPort':92,'protocol':'"
		 "tcp'}]",
		 ":80>90*3/tcp"},
		{"[{'hostPort':80,'containerPort':90,'protocol':'tcp'},{'hostPort':81,'containerPort':90,'protocol':'"
		 "tcp'}]",
		 ":80>90*1/tcp :81>90*1/tcp"},
		{"[{'hostPort':80,'containerPort':90,'protocol':'tcp'},{'hostPort':81,'containerPort':91,'protocol':'"
		 "udp'}]",
		 ":80>90*1/tcp :81>91*1/udp"},
		{"[{'hostPort':80,'containerPort':90,'protocol':'tcp','hostIP':'192.0.2.1'},"
		 "{'hostPort':81,'containerPort':91,'protocol':'tcp','hostIP':'192.0.2.2'}]",
		 "192.0.2.1:80>90*1/tcp 192.0.2.2:81>91*1/tcp"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = read_text(cases[i][0]);

		is_text(err.msg, "", cases[i][0]);
		is_text(shown(), cases[i][1], "as joined");
	}
}

static void test_refused(void)
{
	static const struct {
		const char *list, *msg;
		enum error_code code;
	} cases[] = {
		{"[7]", "portMappings[0]: expected an object, got 7", ERROR_DECODE},
		{"[null]", "portMappings[0]: expected an object, got nothing", ERROR_DECODE},
		{"[{'hostPort':0,'containerPort':80,'protocol':'tcp'}]", "Invalid host port number: 0", ERROR_CONFIG},
		{"[{'containerPort':80,'protocol':'tcp'}]", "Invalid host port number: 0", ERROR_CONFIG},
		{"[{'hostPort':80,'protocol':'tcp'}]", "Invalid container port number: 0", ERROR_CONFIG},
		{"[{'hostPort':80,'containerPort':65536,'protocol':'tcp'}]", "Invalid container port number: 65536",
		 ERROR_CONFIG},
		{"[{'hostPort':4294967376,'containerPort':80,'protocol':'tcp'}]",
		 "Invalid host port number: 4294967376", ERROR_CONFIG},
		{"[{'hostPort':-1,'containerPort':80,'protocol':'tcp'}]", "Invalid host port number: -1", ERROR_CONFIG},
		{"[{'hostPort':'80','containerPort':80,'protocol':'tcp'}]",
		 "portMappings[0].hostPort: expected an integer, got \"80\"", ERROR_DECODE},
		{"[{'hostPort':80,'containerPort':80,'protocol':'icmp'}]",
		 "portMappings[0].protocol: \"icmp\" is none of tcp, udp, sctp", ERROR_CONFIG},
		{"[{'hostPort':80,'containerPort':80}]", "portMappings[0].protocol: \"\" is none of tcp, udp, sctp",
		 ERROR_CONFIG},
		{"[{'hostPort':80,'containerPort':80,'protocol':'tcp','hostIP':'localhost'}]",
		 "portMappings[0].hostIP: invalid IP address: localhost", ERROR_CONFIG},
		{"[{'hostPort':80,'containerPort':80,'protocol':'tcp','hostIP':'::1'}]",
		 "portMappings[0].hostIP: ::1 cannot be published, the kernel does not translate IPv6 loopback "
		 "addresses",
		 ERROR_CONFIG},
		{"[{'hostPort':80,'containerPort':80,'protocol':'tcp','hostIP':'224.0.0.1'}]",
		 "portMappings[0].hostIP: 224.0.0.1 is a multicast address", ERROR_CONFIG},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = read_text(cases[i].list);

		is_text(err.msg, cases[i].msg, cases[i].list);
		is_int(err.code, cases[i].code, "code");
		is_int(want.port_count, 0, "nothing taken");
	}
}

static void test_conflicts(void)
{
	static const char *const cases[][2] = {
		{"[{'hostPort':80,'containerPort':1,'protocol':'tcp'},{'hostPort':80,'containerPort':2,'protocol':'tcp'"
		 "}]",
		 "portMappings: host port 80/tcp of address \"\" and \"\" is wanted twice, for container ports 1 and "
		 "2"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'tcp','hostIP':'192.0.2.1'},"
		 "{'hostPort':80,'containerPort':1,'protocol':'tcp'}]",
		 "portMappings: host port 80/tcp of address \"\" and \"192.0.2.1\" is wanted twice, for container "
		 "ports 1 "
		 "and 1"},
		{"[{'hostPort':80,'containerPort':1,'protocol':'tcp','hostIP':'192.0.2.1'},"
		 "{'hostPort':80,'containerPort':2,'protocol':'tcp','hostIP':'0.0.0.0'}]",
		 "portMappings: host port 80/tcp of address \"0.0.0.0\" and \"192.0.2.1\" is wanted twice, for "
		 "container "
		 "ports 2 and 1"},
		{"[{'hostPort':80,'containerPort':90,'protocol':'tcp'},{'hostPort':81,'containerPort':91,'protocol':'"
		 "tcp'},"
		 "{'hostPort':81,'containerPort':7,'protocol':'tcp','hostIP':'2001:db8::1'}]",
		 "portMappings: host port 81/tcp of address \"\" and \"2001:db8::1\" is wanted twice, for container "
		 "ports 91 "
		 "and 7"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = read_text(cases[i][0]);

		is_text(err.msg, cases[i][1], cases[i][0]);
		is_int(err.code, ERROR_CONFIG, "code 7");
	}
}

/** many() - a list of @count mappings, every @step-th host port, in one buffer */
static const char *many(unsigned count, unsigned step)
{
	static char text[1 << 20];
	size_t used = (size_t)snprintf(text, sizeof text, "[");

	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
					 "%s{'hostPort':%u,'containerPort':%u,'protocol':'tcp'}", i ? "," : "",
					 1000 + i * step, 1000 + i * step);
	(void)snprintf(text + used, sizeof text - used, "]");
	return text;
}

static void test_many(void)
{
	struct error err = read_text(many(10000, 1));

	is_text(err.msg, "", "as podman expands a range");
	is_text(shown(), ":1000>1000*10000/tcp", "one range again");
	err = read_text(many(MAX_PORT_MAPPINGS, 2));
	is_text(err.msg, "", "as many as fit");
	is_int(want.port_count, MAX_PORT_MAPPINGS, "all of them");
	err = read_text(many(MAX_PORT_MAPPINGS + 1, 2));
	is_text(err.msg, "portMappings: 4097 separate port ranges, at most 4096 are served", "one too many");
}

int main(void)
{
	test_accepted();
	test_joined();
	test_refused();
	test_conflicts();
	test_many();
	return done();
}
