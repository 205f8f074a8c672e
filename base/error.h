/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What failed, why, in whose words: carried by value from the kernel up to the one place that prints. */
#pragma once

#include <errno.h>
#include <stdbool.h>

/**
 * enum error_code - the "code" of a CNI error object
 *
 * 1 to 99 have the meaning that the CNI specification gives them ("Error" section and GC/STATUS of
 * 1.1.0); 8 and 999 are those of the reference library; 100 and above are ours (docs/errors.md).
 */
enum error_code {
	ERROR_NONE = 0,
	ERROR_VERSION = 1,	      /* CNI version of the configuration not supported */
	ERROR_UNSUPPORTED_FIELD = 2,  /* a field we know of, with a value we do not serve */
	ERROR_UNKNOWN_CONTAINER = 3,  /* not used: whom we do not know may have something to clean up all the same */
	ERROR_ENVIRONMENT = 4,	      /* CNI_* variable missing or invalid */
	ERROR_IO = 5,		      /* stdin, stdout, a file named in the configuration */
	ERROR_DECODE = 6,	      /* not JSON, or a value of the wrong type */
	ERROR_CONFIG = 7,	      /* well formed, but no valid network configuration */
	ERROR_NETNS = 8,	      /* CNI_NETNS is missing, no namespace, or the host's own */
	ERROR_TRY_AGAIN = 11,	      /* a lock or the kernel was busy past the deadline */
	ERROR_NOT_AVAILABLE = 50,     /* STATUS: no ADD can succeed */
	ERROR_LIMITED = 51,	      /* STATUS: no ADD can succeed and existing containers may suffer */
	ERROR_KERNEL = 100,	      /* the kernel refused a request */
	ERROR_STORE = 101,	      /* the store could not be read or written */
	ERROR_POOL_FULL = 102,	      /* no address left in a range set */
	ERROR_ADDRESS_TAKEN = 103,    /* the requested address belongs to somebody else */
	ERROR_PORT_TAKEN = 104,	      /* the host port is published by somebody else */
	ERROR_INTERFACE_EXISTS = 105, /* the container has an interface of that name already */
	ERROR_DRIFT = 106,	      /* CHECK: something of ours was changed or removed */
	ERROR_DELEGATE = 107,	      /* the delegated IPAM plugin could not be run or answered nonsense */
	ERROR_ALREADY_ATTACHED = 108, /* ADD of an attachment that exists */
	ERROR_INTERNAL = 999,	      /* a bug of ours */
};

enum { ERROR_MSG_SIZE = 512, ERROR_DETAILS_SIZE = 1024, ERROR_WARNING_SIZE = 1024 };

/**
 * struct error - the first failure of a run, and what was learnt after it
 * @code:    ERROR_NONE while nothing failed
 * @errnum:  errno of the failure, or 0; callers branch on this and @code, never on @msg
 * @msg:     one sentence: what was tried, with which object or field, and why it failed
 * @details: the kernel's own words, the resource, failures of the undo that followed
 * @warning: lines for stderr that are worth knowing though the verb succeeded
 *
 * Lives on main's stack and has a fixed size, so that failing cannot fail.
 */
struct error {
	enum error_code code;
	int errnum;
	char msg[ERROR_MSG_SIZE];
	char details[ERROR_DETAILS_SIZE];
	char warning[ERROR_WARNING_SIZE];
};

#define ERROR_INIT                                                                                                     \
	{                                                                                                              \
		.code = ERROR_NONE                                                                                     \
	}

/**
 * error_set() - record a failure
 * @errnum: errno, appended to the message in words; 0 if none applies
 * @format: what was tried; printf style
 *
 * The first failure of an error object stays; a later one is appended to @details ("then: ...").
 *
 * Return: always -1, so that failing is one statement
 */
int error_set(struct error *err, enum error_code code, int errnum, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** error_detail() - append to the details, separated by "; "; cut where the room ends */
void error_detail(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** error_warn() - append one line to what goes to stderr at the end of the run */
void error_warn(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** error_clear() - forget the failure, keep the warnings */
void error_clear(struct error *err);

/** error_merge() - take over failure and warnings of @from as if they had been recorded in @err */
void error_merge(struct error *err, const struct error *from);

/**
 * error_retry_helps() - whether the same request may succeed later with nothing else changed
 */
bool error_retry_helps(const struct error *err);
