/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encoding into a buffer of known size, never one that grows meanwhile, decoding with memory to fall back on. */
#include "conf/json_text.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

char *json_text(const json_t *document, size_t flags)
{
	enum { USUAL = 4096 };
	AUTO_FREE char *text = document ? malloc(USUAL) : NULL;
	size_t length = text ? json_dumpb(document, text, USUAL - 1, flags) : 0;

	if (length >= USUAL) {
		free(text);
		text = malloc(length + 1);
	}
	if (!text || length == 0 || (length >= USUAL && json_dumpb(document, text, length, flags) != length))
		return NULL;
	text[length] = '\0';
	char *encoded = text;
	text = NULL;
	return encoded;
}

/* Of the text's length: tokens, the buckets of objects and the elements of arrays that grow take 8 each at most, as none
   grows twice in a piece. What a piece begins anew is small: 128 bytes and less for each of its own */
enum { PIECE = 64, RESERVE_FACTOR = 24, RESERVE_LEAST = 4096 + PIECE * 256, ALIGNMENT = 16 };

/**
 * struct source - a text that the decoder is given piece by piece, and its memory
 * @reserve:   for the first request that is refused, and those until the decoder meets the end of its input
 * @exhausted: one was
 */
struct source {
	const char *text;
	size_t left;
	json_malloc_t allocate;
	json_free_t release;
	char *reserve;
	size_t size, used;
	bool exhausted;
};

/* jansson hands its allocator nothing of ours, so this has to be here; used only while json_decode() runs */
static struct source *decoded;

static void *allocate(size_t size)
{
	void *memory = decoded->exhausted ? NULL : decoded->allocate(size);
	size_t room = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

	if (memory)
		return memory;
	decoded->exhausted = true;
	if (room < size || room > decoded->size - decoded->used)
		return NULL;
	memory = decoded->reserve + decoded->used;
	decoded->used += room;
	return memory;
}

static void release(void *memory)
{
	uintptr_t address = (uintptr_t)memory, first = (uintptr_t)decoded->reserve;

	if (address < first || address >= first + decoded->size)
		decoded->release(memory);
}

/** next_piece() - a json_load_callback_t: little at a time, so that the end comes soon */
static size_t next_piece(void *buffer, size_t room, void *argument)
{
	struct source *source = argument;
	size_t length = source->left < PIECE ? source->left : PIECE;

	if (source->exhausted || length == 0) /* of nothing @text may be NULL, which memcpy() must not get */
		return 0;
	if (length > room)
		length = room;
	memcpy(buffer, source->text, length);
	source->text += length;
	source->left -= length;
	return length;
}

/** out_of_memory() - jansson keeps the code in the last byte of the text (json_error_code()) */
static json_t *out_of_memory(json_error_t *fault)
{
	*fault = (json_error_t){.text = "not enough memory"};
	fault->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
	return NULL;
}

json_t *json_decode(const char *text, size_t length, size_t flags, json_error_t *fault)
{
	const size_t size = length * RESERVE_FACTOR + RESERVE_LEAST;
	AUTO_FREE char *reserve = malloc(size);
	struct source source = {.text = text, .left = length, .reserve = reserve, .size = size};

	if (!reserve)
		return out_of_memory(fault);
	json_get_alloc_funcs(&source.allocate, &source.release);
	decoded = &source;
	json_set_alloc_funcs(allocate, release);
	json_t *document = json_load_callback(next_piece, &source, flags, fault);
	if (source.exhausted) {
		json_decref(document);
		document = NULL;
	}
	json_set_alloc_funcs(source.allocate, source.release);
	decoded = NULL;
	return source.exhausted ? out_of_memory(fault) : document;
}
