/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run's input, in the order in which the reference library looks at it. */
#include "conf/request.h"

#include "conf/dialect.h"
#include "conf/environment.h"
#include "conf/field.h"
#include "conf/input.h"
#include "conf/network.h"
#include "conf/version.h"
#include "conf/wish.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** decode_text() - a member that skel itself looks at: refused in its words, "@label: ..." */
static int decode_text(const struct field *root, const char *key, const char *label, const char **text,
		       struct error *err)
{
	struct error fault = ERROR_INIT;

	if (field_text(root, key, text, &fault) == 0)
		return 0;
	return error_set(err, ERROR_DECODE, 0, "%s: %s", label, fault.msg);
}

static int read_name(struct request *request, const struct field *root, struct error *err)
{
	const char *name = "";

	if (decode_text(root, "name", "error unmarshall network config", &name, err) < 0)
		return -1;
	if (name[0] == '\0')
		return error_set(err, ERROR_CONFIG, 0, "missing network name");
	if (!name_is_valid(name)) {
		(void)error_set(err, ERROR_CONFIG, 0, "invalid characters found in network name");
		error_detail(err, "%s", name);
		return -1;
	}
	if (strlen(name) > MAX_NETWORK_NAME) {
		(void)error_set(err, ERROR_CONFIG, 0, "network name is longer than %d bytes", MAX_NETWORK_NAME);
		error_detail(err, "%s", name);
		return -1;
	}
	memcpy(request->network.name, name, strlen(name) + 1);
	return 0;
}

static int read_version(struct request *request, const struct field *root, struct error *err)
{
	const char *text = "";

	if (decode_text(root, "cniVersion", "decoding version from network config", &text, err) < 0)
		return -1;
	return cni_version_gate(request->command, text, &request->version, err);
}

/** read_prev_result() - of ADD and CHECK it must be usable; DEL and GC do not look into it */
static int read_prev_result(struct request *request, const struct field *root, struct error *err)
{
	bool strict = request->command == COMMAND_ADD || request->command == COMMAND_CHECK;
	struct field result = field_get(root, "prevResult");
	const char *version = "";

	if (json_is_object(result.json))
		request->prev_result = result.json;
	if (!strict || !result.json)
		return 0;
	if (field_as_object(&result, err) < 0 || field_text(&result, "cniVersion", &version, err) < 0)
		return -1;
	return cni_version_check_result(version, request->version, err);
}

static int check_valid_attachment(const struct field *entry, struct error *err)
{
	static const char *const keys[] = {"containerID", "ifname"};

	if (field_as_object(entry, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct field member = field_get(entry, keys[i]);
		const char *text = "";

		if (field_as_text(&member, &text, err) < 0)
			return -1;
	}
	return 0;
}

/** is_key() - whether an object has a key at all, null or not */
static bool is_key(const struct field *root, const char *wanted)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)root->json, key, value) if (strcasecmp(key, wanted) == 0) return true;
	return false;
}

/** read_valid_attachments() - libcni sends both keys with one value; early 1.1 texts know the second only */
static int read_valid_attachments(struct request *request, const struct field *root, struct error *err)
{
	static const char *const keys[] = {"cni.dev/valid-attachments", "cni.dev/attachments"};
	struct field list = {.json = NULL};

	for (size_t i = 0; i < sizeof keys / sizeof *keys && !request->gc_listed; i++) {
		if (field_array(root, keys[i], &list, err) < 0)
			return -1;
		request->gc_listed = is_key(root, keys[i]);
	}
	for (size_t i = 0; i < field_count(&list); i++) {
		struct field entry = field_item(&list, i);

		if (check_valid_attachment(&entry, err) < 0)
			return -1;
	}
	request->valid_attachments = list.json;
	return 0;
}

/** read_configuration() - what the verbs of a kind that makes an interface need of the configuration */
static int read_configuration(struct request *request, const struct field *root, const struct dialect *dialect,
			      struct error *err)
{
	if (network_read_store(&request->network, root, dialect->reference, dialect->ipam, err) < 0)
		return -1;
	if (dialect->notes && field_text(root, "dataDir", &request->wish.notes, err) < 0)
		return -1;
	wish_read_identity(request, dialect->name);
	if (request->command == COMMAND_DEL || request->command == COMMAND_GC)
		return 0;
	if (request->command == COMMAND_CHECK && !request->prev_result)
		return error_set(err, ERROR_CONFIG, 0, "Required prevResult missing");
	return dialect->read(request, root, err);
}

static int read_document(struct request *request, const struct dialect *dialect, struct error *err)
{
	struct field root = field_root(request->document, "");
	const struct field nothing = field_root(NULL, "");

	if (read_name(request, &root, err) < 0)
		return -1;
	if (!command_find(request->environment.command, &request->command))
		return error_set(err, ERROR_ENVIRONMENT, 0, "unknown CNI_COMMAND: %.64s", request->environment.command);
	if (read_version(request, &root, err) < 0 || read_prev_result(request, &root, err) < 0)
		return -1;
	if (request->command == COMMAND_GC && read_valid_attachments(request, &root, err) < 0)
		return -1;
	if (!dialect->bare)
		return read_configuration(request, &root, dialect, err);
	if (network_read_store(&request->network, &nothing, false, NULL, err) < 0)
		return -1;
	wish_read_identity(request, dialect->name);
	request->wish.mode = MODE_DEVICE;
	return 0;
}

int request_read(struct request *request, const char *kind, char **environment, int input, struct error *err)
{
	const struct dialect *dialect = dialect_find(kind);

	if (!dialect)
		return error_set(err, ERROR_ENVIRONMENT, 0, "no plugin of the name \"%s\" in this executable", kind);
	if (request->used) {
		memset(request, 0, offsetof(struct request, wish));
		attachment_init(&request->wish);
	}
	request->used = true;
	request->wish.mode = MODE_ROUTED;
	if (environment_read(&request->environment, environment, !dialect->bare, err) < 0)
		return -1;
	if (command_find(request->environment.command, &request->command) && request->command == COMMAND_VERSION)
		return 0;
	if (input_read(input, INPUT_TIMEOUT_MS, &request->input, &request->input_length, err) < 0 ||
	    input_parse(request->input, request->input_length, &request->document, err) < 0)
		return -1;
	return read_document(request, dialect, err);
}

void request_free(struct request *request)
{
	json_decref(request->document);
	free(request->input);
	free(request->so_far);
	overlay_free(&request->network.overlay);
	request->so_far = NULL;
	request->document = NULL;
	request->input = NULL;
}
