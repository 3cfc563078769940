/* System calls that Swift's Glibc module lacks. Every function returns what the call returns and leaves errno alone, unless its
   comment says otherwise. No feature macro and no <string.h> here: they would make Swift see two different Glibcs. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

/* renameat2(2) with RENAME_EXCHANGE: the two names change places in one step; both must exist. */
int clinux_exchange(int from_folder, const char *from, int to_folder, const char *to);

/* renameat2(2) with RENAME_NOREPLACE: fails with EEXIST instead of replacing. */
int clinux_rename_new(int from_folder, const char *from, int to_folder, const char *to);

/* syncfs(2). */
int clinux_syncfs(int fd);

/* malloc_trim(3): what was freed goes back to the kernel. */
void clinux_trim_heap(void);

/* memmem(3). */
const void *clinux_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/* The same in 64 bytes a step where the processor can (AVX2): `first` and `second` are the places in `text` of two bytes that are rare
   in what is searched. They decide how fast it is and never what is found. */
const void *clinux_search(const void *bytes, size_t length, const void *text, size_t text_length, size_t first, size_t second);

/* Where `text` begins, in ascending order, at most `capacity` places; every one before `*searched` is among them. Two processors look for
   it where there are two: one alone waits for the memory most of the time. */
size_t clinux_search_all(const void *bytes, size_t length, const void *text, size_t text_length, size_t first, size_t second,
                         unsigned *places, size_t capacity, size_t *searched);

/* How often `byte` stands in `bytes`. */
size_t clinux_count(const void *bytes, int byte, size_t length);

/* From now on SIGBUS, which meets who looks into a mapped file that somebody truncates, ends us with status 75 and words on standard
   error. */
void clinux_explain_bus_error(void);

/* memrchr(3). */
const void *clinux_find_last(const void *haystack, int byte, size_t length);

/* Before any library is initialised (.preinit_array) every variable of the environment whose name begins with SWIFT_ is taken out of it,
   but for SWIFT_BACKTRACE=enable=no.
   The attack: Swift's runtime reads SWIFT_BACKTRACE before `main`, and when the program crashes, by Ctrl-\ too, runs the program that it
   names: as root, for whoever gave root his environment.
   Standard descriptors that are closed are filled then, too, so that no file of ours gets their numbers; status 78 when that cannot be. */

/* pidfd_open(2) and pidfd_send_signal(2): a process that cannot change under our hands. */
int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);

/* The listening TCP sockets of our network namespace and `family` (sock_diag(7)): how many, at most `capacity`; -1 when the kernel does not
   say. Address in network order, port in the host's. */
struct clinux_listener {
    unsigned inode;
    unsigned short port;
    unsigned char address[16];
};
int clinux_listeners(int family, struct clinux_listener *found, int capacity);

/* Shuts both halves of a connection that a process holds as `descriptor`, and drops what came and was not read (pidfd_getfd(2),
   shutdown(2)): 0, else -1 with errno, ESTALE when that is not the socket `inode`. Needs what ptrace(2) needs. */
int clinux_cut(int pidfd, int descriptor, unsigned long long inode);

/* Starts `path` with `arguments` and `environment`, its standard descriptors being `input`, `output` and `error`, every other
   descriptor closed, in `/`, in a session of its own; when `outlives` is 0 it is killed when we are. `bindings` is a list that NULL ends:
   when it is not empty the program runs in a private mount namespace in which the first path is bound over the second one, the third
   over the fourth, and so on: it, and only it, sees the candidate in the live file's (or folder's) place.
   Returns the pid, or -1 with errno. The child exits with CLINUX_NO_MOUNT when the namespace or the binding was refused, and with
   CLINUX_NO_EXEC when the program could not be started; in both cases errno's value stands as text on `error`. */
enum { CLINUX_NO_MOUNT = 125, CLINUX_NO_EXEC = 127 };
pid_t clinux_start(const char *path, char *const arguments[], char *const environment[], int input, int output, int error,
                   int outlives, char *const bindings[]);

/* llistxattr(2), lgetxattr(2), fsetxattr(2): what Glibc's module leaves out of <sys/xattr.h>. */
ssize_t clinux_llistxattr(const char *path, char *names, size_t size);
ssize_t clinux_lgetxattr(const char *path, const char *name, void *value, size_t size);
int clinux_fsetxattr(int fd, const char *name, const void *value, size_t size);

/* A file in memory of `size` bytes that cannot grow (memfd_create(2)), closed in every program that is started; -1 with errno. */
int clinux_bounded_memory(off_t size);

/* Whether `path` can be opened with `flags` by a process of this user and these groups: 0, else errno's value as the kernel gave it to a
   child that had become that user; -1 when no child could. */
int clinux_open_as(uid_t user, gid_t group, const gid_t *groups, size_t count, const char *path, int flags);
