/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made with getrandom(), written aside, and given its name only where nobody else did so first. */
#include "overlay/wireguard_key.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { TEXT_SIZE = BASE64_SIZE(WIREGUARD_KEY_SIZE) };

/** struct key_file - where it is. @name points into @path */
struct key_file {
	char path[PATH_MAX], directory[PATH_MAX];
	const char *name;
};

static int locate(struct key_file *file, const struct overlay *overlay, struct error *err)
{
	char local[IP_TEXT_SIZE];
	int length = overlay->private_key_file[0]
			     ? snprintf(file->path, sizeof file->path, "%s", overlay->private_key_file)
			     : snprintf(file->path, sizeof file->path, "/var/lib/cambric/wireguard/%s.key",
					ip_format(&overlay->local, local));
	const char *slash = strrchr(file->path, '/');

	if (length >= (int)sizeof file->path || file->path[0] != '/' || slash[1] == '\0')
		return error_set(err, ERROR_CONFIG, 0, "privateKeyFile: \"%.64s\" is no absolute path of a file",
				 file->path);
	(void)snprintf(file->directory, sizeof file->directory, "%.*s",
		       slash == file->path ? 1 : (int)(slash - file->path), file->path);
	file->name = slash + 1;
	return 0;
}

/** clamp() - three bits cleared and one set (RFC 7748, section 5), as the kernel does and shows */
static void clamp(uint8_t key[static WIREGUARD_KEY_SIZE])
{
	key[0] &= 0xf8;
	key[WIREGUARD_KEY_SIZE - 1] = (uint8_t)((key[WIREGUARD_KEY_SIZE - 1] & 0x7f) | 0x40);
}

/** check_mode() - a key that others know is none */
static int check_mode(int fd, const char *path, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(err, ERROR_STORE, errno, "stat %s", path);
	if (status.st_uid != geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(err, ERROR_STORE, EPERM, "private key %s (owner %u, mode %o) is not ours alone", path,
				 (unsigned)status.st_uid, (unsigned)(status.st_mode & 07777));
	return 0;
}

/** read_key() - of the file at @path. Return: -1 with errnum ENOENT when there is none */
static int read_key(int dirfd, const char *path, uint8_t key[static WIREGUARD_KEY_SIZE], struct error *err)
{
	AUTO_CLOSE int fd = file_open(dirfd, path, O_RDONLY, err);
	char text[TEXT_SIZE + 1] = "";

	if (fd < 0 || check_mode(fd, path, err) < 0)
		return -1;
	ssize_t got = file_read_some(fd, text, sizeof text);
	if (got < 0)
		return error_set(err, ERROR_STORE, errno, "read %s", path);
	if (got == TEXT_SIZE && text[TEXT_SIZE - 1] == '\n')
		got--;
	text[got < TEXT_SIZE ? got : 0] = '\0';
	bool valid = base64_decode(text, key, WIREGUARD_KEY_SIZE);
	explicit_bzero(text, sizeof text);
	clamp(key);
	return valid ? 0 : error_set(err, ERROR_STORE, 0, "%s holds no private key", path);
}

/** generate() - any 32 bytes will do */
static int generate(uint8_t key[static WIREGUARD_KEY_SIZE], struct error *err)
{
	ssize_t got;

	do
		got = getrandom(key, WIREGUARD_KEY_SIZE, 0);
	while (got < 0 && errno == EINTR);
	if (got != WIREGUARD_KEY_SIZE)
		return error_set(err, ERROR_KERNEL, errno, "random bytes for a private key");
	clamp(key);
	return 0;
}

/** publish() - on disk before it has its name: a key that a power cut loses would be another one to all peers */
static int publish(int dirfd, const char *aside, const struct key_file *file, const char *text, struct error *err)
{
	AUTO_CLOSE int fd = file_open(dirfd, aside, O_WRONLY | O_CREAT | O_EXCL, err);

	if (fd < 0 || file_write_at(fd, text, TEXT_SIZE, 0, file->path, err) < 0)
		return -1;
	if (fsync(fd) < 0)
		return error_set(err, ERROR_STORE, errno, "write %s", file->path);
	if (renameat2(dirfd, aside, dirfd, file->name, RENAME_NOREPLACE) < 0 && errno != EEXIST)
		return error_set(err, ERROR_STORE, errno, "rename to %s", file->path);
	return fsync(dirfd) < 0 ? error_set(err, ERROR_STORE, errno, "write directory %s", file->directory) : 0;
}

/** make() - a file with this key, unless there is one meanwhile */
static int make(const struct key_file *file, const uint8_t key[static WIREGUARD_KEY_SIZE], struct error *err)
{
	AUTO_CLOSE int dirfd = dir_make_path(file->directory, err);
	char text[TEXT_SIZE + 1], aside[64];

	if (dirfd < 0)
		return -1;
	(void)snprintf(aside, sizeof aside, ".new.%d", (int)getpid());
	(void)file_remove(dirfd, aside, err); /* of a process of that number that was killed here */
	base64_encode(key, WIREGUARD_KEY_SIZE, text);
	text[TEXT_SIZE - 1] = '\n';
	int status = publish(dirfd, aside, file, text, err);
	explicit_bzero(text, sizeof text);
	if (file_remove(dirfd, aside, err) < 0)
		return -1;
	return status;
}

static int recall(const struct key_file *file, bool *exists, uint8_t key[static WIREGUARD_KEY_SIZE], struct error *err)
{
	struct error attempt = ERROR_INIT;
	int status = read_key(AT_FDCWD, file->path, key, &attempt);

	*exists = status == 0;
	if (status == 0 || attempt.errnum == ENOENT)
		return 0;
	error_merge(err, &attempt);
	return -1;
}

int wireguard_recall_key(const struct overlay *overlay, bool *exists, uint8_t key[static WIREGUARD_KEY_SIZE],
			 struct error *err)
{
	struct key_file file;

	return locate(&file, overlay, err) < 0 ? -1 : recall(&file, exists, key, err);
}

int wireguard_private_key(const struct overlay *overlay, const uint8_t *device, uint8_t key[static WIREGUARD_KEY_SIZE],
			  struct error *err)
{
	struct key_file file;
	bool exists;

	if (locate(&file, overlay, err) < 0 || recall(&file, &exists, key, err) < 0)
		return -1;
	if (exists)
		return 0;
	if (device)
		memcpy(key, device, WIREGUARD_KEY_SIZE);
	else if (generate(key, err) < 0)
		return -1;
	return make(&file, key, err) < 0 ? -1 : read_key(AT_FDCWD, file.path, key, err);
}
