#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <link.h>
#include <linux/close_range.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A file system that does not know the flags of renameat2(2) answers EINVAL; a kernel or a sandbox without the call ENOSYS. */
static int lacks_flags(void) { return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP; }

/* Exchanges two names by a third one, for which `from` with a `~` is taken. `to` always exists and is always whole. */
static int exchange_by_link(int from_folder, const char *from, int to_folder, const char *to) {
    char third[PATH_MAX];
    if (snprintf(third, sizeof third, "%s~", from) >= (int)sizeof third) return errno = ENAMETOOLONG, -1;
    if (linkat(to_folder, to, from_folder, third, 0) != 0) {
        if (errno != EEXIST) return -1;
        /* Left over from a crash: the old file, when a newer one was in its place already, or a second name of the present one. */
        if (unlinkat(from_folder, third, 0) != 0 || linkat(to_folder, to, from_folder, third, 0) != 0) return -1;
    }
    if (renameat(from_folder, from, to_folder, to) != 0) {
        int error = errno;
        unlinkat(from_folder, third, 0);
        return errno = error, -1;
    }
    if (renameat(from_folder, third, from_folder, from) != 0) {
        int error = errno;
        renameat(from_folder, third, to_folder, to);
        return errno = error, -1;
    }
    return 0;
}

int clinux_exchange_atomically(int from_folder, const char *from, int to_folder, const char *to) {
    return renameat2(from_folder, from, to_folder, to, RENAME_EXCHANGE);
}

int clinux_exchange(int from_folder, const char *from, int to_folder, const char *to) {
    if (clinux_exchange_atomically(from_folder, from, to_folder, to) == 0) return 0;
    if (!lacks_flags()) return -1;
    int error = errno;
    if (exchange_by_link(from_folder, from, to_folder, to) == 0) return 0;
    /* Where there are no links either, the first error is the one that explains. */
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK) errno = error;
    return -1;
}

int clinux_rename_new(int from_folder, const char *from, int to_folder, const char *to) {
    if (renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0) return 0;
    if (!lacks_flags()) return -1;
    int error = errno;
    if (linkat(from_folder, from, to_folder, to, 0) == 0) return unlinkat(from_folder, from, 0);
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK) errno = error;
    return -1;
}

int clinux_attribute(const char *path) {
    struct statx status;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &status) != 0) return 0;
    if (status.stx_attributes & STATX_ATTR_IMMUTABLE) return 'i';
    return status.stx_attributes & STATX_ATTR_APPEND ? 'a' : 0;
}

long clinux_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)status.f_type : -1;
}

void clinux_trim_heap(void) { malloc_trim(0); }

/* Only segments that are never writable: a page that the linker has changed would be lost. */
static int release_segments(struct dl_phdr_info *object, size_t size, void *nothing) {
    (void)size, (void)nothing;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int number = 0; number < object->dlpi_phnum; number++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[number];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr) / page * page;
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz) / page * page;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void clinux_release_code(void) { dl_iterate_phdr(release_segments, NULL); }

int clinux_syncfs(int fd) { return syncfs(fd); }

const void *clinux_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length) {
    return memmem(haystack, haystack_length, needle, needle_length);
}

const void *clinux_find_last(const void *haystack, int byte, size_t length) { return memrchr(haystack, byte, length); }

static void bus_error(int number) {
    static const char words[] = "trustd: the log was truncated while it was being read; only the truncated lines are lost: run trustd again\n";
    (void)number, (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(75);
}

void clinux_explain_bus_error(void) { signal(SIGBUS, bus_error); }

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int clinux_cut(int pidfd, int descriptor, unsigned long long inode) {
    int copy = (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
    if (copy < 0) return -1;
    struct stat status;
    int result = fstat(copy, &status);
    if (result == 0 && (!S_ISSOCK(status.st_mode) || status.st_ino != inode)) errno = ESTALE, result = -1;
    if (result == 0) {
        result = shutdown(copy, SHUT_RDWR);
        char nothing[4096];
        while (recv(copy, nothing, sizeof nothing, MSG_DONTWAIT | MSG_TRUNC) > 0) continue;
    }
    int saved = errno;
    close(copy);
    errno = saved;
    return result;
}

int clinux_listeners(int family, struct clinux_listener *found, int capacity) {
    int diag = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (diag < 0) return -1;
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question = {
        .header = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1u << TCP_LISTEN},
    };
    int count = -1;
    if (send(diag, &question, sizeof question, 0) == sizeof question) {
        count = 0;
        _Alignas(struct nlmsghdr) char answer[32768];
        for (int more = 1; more;) {
            ssize_t size = recv(diag, answer, sizeof answer, 0);
            if (size <= 0) {
                count = -1;
                break;
            }
            for (struct nlmsghdr *header = (struct nlmsghdr *)answer; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
                if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
                    if (header->nlmsg_type != NLMSG_DONE) count = -1;
                    more = 0;
                    break;
                }
                const struct inet_diag_msg *one = NLMSG_DATA(header);
                if (count >= capacity) continue;
                found[count].inode = one->idiag_inode;
                found[count].port = ntohs(one->id.idiag_sport);
                memcpy(found[count].address, one->id.idiag_src, 16);
                count++;
            }
        }
    }
    close(diag);
    return count;
}

static void give_up(int status, const char *what) {
    /* Between fork and exec only calls such as write(2) and _exit(2) are safe. */
    const char *why = strerrordesc_np(errno);
    if (why == NULL) why = "unknown error";
    (void)!write(STDERR_FILENO, what, strlen(what));
    (void)!write(STDERR_FILENO, ": ", 2);
    (void)!write(STDERR_FILENO, why, strlen(why));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(status);
}

pid_t clinux_start(const char *path, char *const arguments[], char *const environment[], int input, int output, int error,
                   int outlives, char *const bindings[], const struct clinux_account *account) {
    sigset_t everything, before;
    sigfillset(&everything);
    sigprocmask(SIG_SETMASK, &everything, &before);
    pid_t caller = getpid();
    pid_t pid = fork();
    if (pid != 0) {
        int saved = errno;
        sigprocmask(SIG_SETMASK, &before, NULL);
        errno = saved;
        return pid;
    }
    /* A terminal signals its foreground process group. trustctl ignores Ctrl-C during a change, so Exim's check must not end by it. */
    setsid();
    /* A signal that came before that is pending, and would end the child when it unblocks: to ignore a signal discards it. */
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_IGN);
        signal(number, SIG_DFL);
    }
    /* The three may be any descriptors, also 0 to 2: copy them to higher numbers before they are put into place. */
    int high[3] = {fcntl(input, F_DUPFD, 3), fcntl(output, F_DUPFD, 3), fcntl(error, F_DUPFD, 3)};
    for (int number = 0; number < 3; number++)
        if (high[number] < 0 || dup2(high[number], number) < 0) _exit(CLINUX_NO_EXEC);
    syscall(SYS_close_range, 3u, ~0u, 0u);
    if (!outlives) {
        /* If we are killed, update-exim4.conf must not keep writing while the next trustctl cleans up. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != caller) _exit(CLINUX_NO_EXEC);
    }
    if (bindings[0] != NULL) {
        if (unshare(CLONE_NEWNS) != 0) give_up(CLINUX_NO_MOUNT, "unshare");
        /* Without this the binding would take effect for every process on the machine. */
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) give_up(CLINUX_NO_MOUNT, "mount --make-rprivate /");
        for (char *const *pair = bindings; pair[0] != NULL; pair += 2)
            if (mount(pair[0], pair[1], NULL, MS_BIND, NULL) != 0) give_up(CLINUX_NO_MOUNT, "mount --bind");
    }
    if (chdir("/") != 0) give_up(CLINUX_NO_EXEC, "chdir");
    /* Direct system calls: glibc's wrappers would try to change the other threads too, which do not exist after fork. */
    if (account != NULL &&
        (syscall(SYS_setgroups, account->count, account->groups) != 0 ||
         syscall(SYS_setresgid, account->group, account->group, account->group) != 0 ||
         syscall(SYS_setresuid, account->user, account->user, account->user) != 0))
        give_up(CLINUX_NO_EXEC, "setuid");
    sigemptyset(&everything);
    sigprocmask(SIG_SETMASK, &everything, NULL);
    execve(path, arguments, environment);
    give_up(CLINUX_NO_EXEC, path);
    return -1;
}

ssize_t clinux_llistxattr(const char *path, char *names, size_t size) { return llistxattr(path, names, size); }

ssize_t clinux_lgetxattr(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

int clinux_fsetxattr(int fd, const char *name, const void *value, size_t size) { return fsetxattr(fd, name, value, size, 0); }

int clinux_bounded_memory(off_t size) {
    int memory = memfd_create("bounded", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory >= 0 && (ftruncate(memory, size) != 0 || fcntl(memory, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0)) {
        int saved = errno;
        close(memory);
        errno = saved;
        return -1;
    }
    return memory;
}

/* In a child. Direct system calls: glibc's wrappers would try to change the other threads too, which do not exist after fork. */
static void become(uid_t user, gid_t group, const gid_t *groups, size_t count) {
    if (syscall(SYS_setgroups, count, groups) != 0 || syscall(SYS_setresgid, group, group, group) != 0 ||
        syscall(SYS_setresuid, user, user, user) != 0)
        _exit(255);
}

static int status_of(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

int clinux_open_as(uid_t user, gid_t group, const gid_t *groups, size_t count, const char *path, int flags) {
    pid_t pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        become(user, group, groups, count);
        _exit(open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) >= 0 ? 0 : errno & 0x7F);
    }
    return status_of(pid);
}

int clinux_open_all_as(uid_t user, gid_t group, const gid_t *groups, size_t count, const char *folder, const char *names) {
    pid_t pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        become(user, group, groups, count);
        int place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (place < 0) _exit(errno & 0x7F);
        for (const char *name = names; *name; name += strlen(name) + 1) {
            int file = openat(place, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
            if (file >= 0)
                close(file);
            else if (errno != ENOENT)
                _exit(errno & 0x7F);
        }
        _exit(0);
    }
    return status_of(pid);
}
