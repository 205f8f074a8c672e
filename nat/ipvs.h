/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services of Kubernetes in IPVS mode: local addresses that published ports must not take over. */
#pragma once

#include "base/error.h"
#include "conf/attachment.h"
#include "kernel/kernel.h"
#include "nat/elements.h"
#include "store/store.h"

/** ipvs_elements() - append an element for each address of kube-ipvs0; nothing when there is no such interface */
int ipvs_elements(struct element_list *list, struct kernel *kernel, struct error *err);

/**
 * ipvs_ensure() - bring the sets up to date for an attachment that publishes a port of any address
 *
 * kube-proxy gives every service's address to that interface, which makes it an address of this host. No
 * expression of nf_tables knows the interface of a local address that a packet is sent to, so the
 * addresses are copied, before the port is published. Not inside a section of the store.
 */
int ipvs_ensure(const struct attachment *want, struct store *store, struct kernel *kernel, struct error *err);
