/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability portMappings: checked, sorted, consecutive ones joined. */
#pragma once

#include "conf/attachment.h"
#include "conf/field.h"

/**
 * port_mappings_read() - list of {hostPort, containerPort, protocol, hostIP} into @want->ports
 * @list: a list, or absent (no mappings)
 *
 * Mappings of one protocol and hostIP whose ports follow each other on both sides become one; exact duplicates are
 * folded. ERROR_CONFIG: a port outside 1..65535 ("Invalid host port number: 0"), a protocol other than tcp, udp and
 * sctp (in any case), a hostIP that is no address, is multicast or is ::1, two mappings that claim one host port, or
 * more than MAX_PORT_MAPPINGS after joining. Details name the field.
 */
int port_mappings_read(struct attachment *want, const struct field *list, struct error *err);
