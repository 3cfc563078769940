/* System calls that Swift's Glibc module does not have. Unless its comment says otherwise, a function returns what the system call returns,
   with errno. Define no feature macro here and include no <string.h>: Swift would then see two different versions of Glibc. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

/* Exchanges two names; both must exist (ENOENT). Atomic by renameat2(2) with RENAME_EXCHANGE. On a file system that cannot do that (FUSE, NFS,
 * older ZFS) by a link: `to` exists and is whole at every moment, but a crash may leave the old file under the name `from` with a `~`, and a
 * `to` that somebody removes at this very moment may come back. EINVAL where there are no links either. */
int clinux_exchange(int from_folder, const char *from, int to_folder, const char *to);

/* RENAME_EXCHANGE alone, without that fallback. */
int clinux_exchange_atomically(int from_folder, const char *from, int to_folder, const char *to);

/* renameat2(2) with RENAME_NOREPLACE, or a link(2) where the file system cannot do that: fails with EEXIST instead of replacing a file. */
int clinux_rename_new(int from_folder, const char *from, int to_folder, const char *to);

/* The attribute (chattr(1)) that keeps even root from changing a file: 'i' immutable, 'a' append-only; 0: none, or it is not known. */
int clinux_attribute(const char *path);

/* The magic number of the file system that holds `path` (statfs(2)); -1 when it is not known. */
long clinux_file_system(const char *path);

/* syncfs(2). */
int clinux_syncfs(int fd);

/* Brings many files to the disk at the same time, as fsync(2) does one after the other (io_submit(2) with IOCB_CMD_FSYNC): the file system
   then needs one commit for all, and waits for nobody else's data, as syncfs(2) would. `open` makes room for `count` files at a time, and
   fails where the kernel or a sandbox does not offer this. `add` begins with a file, which may then be closed. `wait` returns how many of
   `count` (at most 64) have ended after `milliseconds` at most; `*error` becomes the errno of one that has failed. `close` waits for all,
   and for the kernel. */
int clinux_sync_open(unsigned count, unsigned long *group);
int clinux_sync_add(unsigned long group, int file);
int clinux_sync_wait(unsigned long group, unsigned count, int milliseconds, int *error);
void clinux_sync_close(unsigned long group);

/* malloc_trim(3): returns freed memory to the kernel. */
void clinux_trim_heap(void);

/* Gives back the memory of all code and constants that this process has mapped from files; what is used again is mapped again. Most of
   what a program needs at its start it never needs again. */
void clinux_release_code(void);

/* memmem(3). */
const void *clinux_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/* The same, but checks 64 places at a time if the processor has AVX2. `first` and `second` are the indices in `text` of two bytes that are
   rare in `bytes`. They affect the speed only, never the result. */
const void *clinux_search(const void *bytes, size_t length, const void *text, size_t text_length, size_t first, size_t second);

/* Writes the offsets at which `text` begins to `places`, in ascending order, at most `capacity`, and returns their number. No occurrence
   before the offset `*searched` is missing. If there are two processors, a second thread searches ahead in the `following` bytes behind
   `bytes`, about which the next call will ask: then clinux_search_end must be called before any of them goes away. */
size_t clinux_search_all(const void *bytes, size_t length, size_t following, const void *text, size_t text_length, size_t first,
                         size_t second, unsigned *places, size_t capacity, size_t *searched);

/* When it returns, nobody searches these bytes any more. */
void clinux_search_end(const void *bytes, size_t length);

/* The number of occurrences of `byte` in `bytes`. */
size_t clinux_count(const void *bytes, int byte, size_t length);

/* From now on SIGBUS ends the process with status 75 and a message. The kernel sends it to a process that reads a mapped file after
   somebody has truncated that file. */
void clinux_explain_bus_error(void);

/* memrchr(3). */
const void *clinux_find_last(const void *haystack, int byte, size_t length);

/* start.c runs before any library is initialised (.preinit_array). It removes all variables whose names begin with SWIFT_ from the
   environment, except SWIFT_BACKTRACE=enable=no.
   The attack: Swift's runtime reads SWIFT_BACKTRACE before `main`, and if the program crashes (Ctrl-\ suffices), it runs the program that
   the variable names: as root, for anybody who can set a variable in root's environment.
   It also opens /dev/null in the place of closed standard descriptors, so that no file gets their numbers. If that fails, it exits with
   status 78. */

/* pidfd_open(2) and pidfd_send_signal(2). Unlike a pid, a pidfd never refers to another process later. */
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);

/* Writes the listening TCP sockets of `family` in this network namespace (sock_diag(7)) to `found` and returns their number, at most
   `capacity`, or -1 if the kernel does not answer. The address is in network byte order, the port in host byte order. */
struct clinux_listener {
    unsigned inode;
    unsigned short port;
    unsigned char address[16];
};
int clinux_listeners(int family, struct clinux_listener *found, int capacity);

/* Shuts down both directions of the connection that a process has as `descriptor`, and discards received data that it has not read
   (pidfd_getfd(2), shutdown(2)). Returns 0, or -1 with errno: ESTALE if the descriptor is not the socket `inode`. Needs the same privileges
   as ptrace(2). */
int clinux_cut(int pidfd, int descriptor, unsigned long long inode);

/* Starts `path` with `arguments` and `environment`, in the folder `/` and in its own session. Its standard descriptors are `input`,
   `output` and `error`; all others are closed. If `outlives` is 0, the kernel kills it when this process dies.
   `bindings` is a list that ends with NULL. If it is not empty, the program runs in a private mount namespace in which the first path is
   bound over the second one, the third over the fourth, and so on. So only this program sees a candidate in the place of the live file or
   folder.
   If `account` is not NULL, the program runs as this user with these groups.
   Returns the pid, or -1 with errno. The child exits with CLINUX_NO_MOUNT if the namespace or a binding was refused, and with
   CLINUX_NO_EXEC if the program could not be started; in both cases it writes errno's text to `error`. */
struct clinux_account {
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t count;
};
enum { CLINUX_NO_MOUNT = 125, CLINUX_NO_EXEC = 127 };
pid_t clinux_start(const char *path, char *const arguments[], char *const environment[], int input, int output, int error,
                   int outlives, char *const bindings[], const struct clinux_account *account);

/* llistxattr(2), lgetxattr(2) and fsetxattr(2). Swift's Glibc module does not have <sys/xattr.h>. */
ssize_t clinux_llistxattr(const char *path, char *names, size_t size);
ssize_t clinux_lgetxattr(const char *path, const char *name, void *value, size_t size);
int clinux_fsetxattr(int fd, const char *name, const void *value, size_t size);

/* Makes a file in memory (memfd_create(2)) of `size` bytes that can neither grow nor shrink and is closed on exec. Returns its descriptor,
   or -1 with errno. */
int clinux_bounded_memory(off_t size);

/* Finds out whether a process of this user and these groups can open `path` with `flags`, by a child that becomes that user. Returns 0, or
   the errno value that the child got, or -1 if no child could become that user. */
int clinux_open_as(uid_t user, gid_t group, const gid_t *groups, size_t count, const char *path, int flags);

/* The same for `folder` and many names in it, with one child for all: `names` has each one with a zero behind it, and a second zero at the
   end. A name that is missing is no failure. */
int clinux_open_all_as(uid_t user, gid_t group, const gid_t *groups, size_t count, const char *folder, const char *names);
