/* Runs a program and interferes with one of its system calls: kills it right before the call, or makes the call fail.
 *
 *     stepper [-o REPORT] [-r RECORD] [-f PATH] [-k N | -K N | -c CALL:PATH | -e N:ERROR [-s]] PROGRAM [ARGUMENT ...]
 *
 * -k N  kill before the N-th call that changes something: files, processes, locks. Between two such calls all moments are the same.
 * -K N  kill before the N-th call of any kind.   -c CALL:PATH  kill before the first call of this name on this path.
 * -e N:ERROR  the N-th call that can return ERROR (ENOSPC, EDQUOT, EROFS, EIO, EMFILE) does nothing and returns it; -s: all later ones too.
 * -f PATH  count from the call that names PATH on: earlier calls are the loader's.
 * -o REPORT  one line: what was done, or how many calls there were.   -r RECORD  one line for each call that changed something.
 *
 * Only the program itself is stepped, not the programs that it starts. When it is killed before a call, all earlier calls are complete and
 * this one has not begun.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a call does, and which errors it can return. */
enum { CHANGES = 1, SPACE = 2, READ_ONLY = 4, IO = 8, FILES = 16, OPENS = 32, BYTES = 64, ON_FILE = 128, SUBMITS = 256 };
#define TREE (CHANGES | SPACE | READ_ONLY | IO)

struct kind {
    long number;
    const char *name;
    int flags;
    /* Which arguments are a descriptor or a folder's descriptor, and which are paths; -1: none. */
    int descriptor, path, second_descriptor, second;
};

static const struct kind kinds[] = {
    {SYS_openat, "openat", OPENS | IO | FILES, 0, 1, -1, -1},
    {SYS_write, "write", TREE | BYTES | ON_FILE, 0, -1, -1, -1},
    {SYS_pwrite64, "pwrite", TREE | BYTES | ON_FILE, 0, -1, -1, -1},
    {SYS_read, "read", IO | ON_FILE, 0, -1, -1, -1},
    {SYS_getdents64, "getdents", IO | ON_FILE, 0, -1, -1, -1},
    {SYS_newfstatat, "fstatat", IO, 0, 1, -1, -1},
    {SYS_fstat, "fstat", IO | ON_FILE, 0, -1, -1, -1},
    {SYS_fsync, "fsync", TREE, 0, -1, -1, -1},
    {SYS_fdatasync, "fdatasync", TREE, 0, -1, -1, -1},
    {SYS_syncfs, "syncfs", TREE, 0, -1, -1, -1},
    /* The file of the only request, which is an fsync; a number of ended ones. */
    {SYS_io_submit, "io_submit", TREE | SUBMITS, -1, -1, -1, -1},
    {SYS_io_getevents, "io_getevents", CHANGES, -1, -1, -1, -1},
    {SYS_ftruncate, "ftruncate", TREE | ON_FILE, 0, -1, -1, -1},
    {SYS_fchmod, "fchmod", TREE | ON_FILE, 0, -1, -1, -1},
    {SYS_fchown, "fchown", TREE | ON_FILE, 0, -1, -1, -1},
    {SYS_fsetxattr, "fsetxattr", TREE | ON_FILE, 0, -1, -1, -1},
    {SYS_renameat, "renameat", TREE, 0, 1, 2, 3},
    {SYS_renameat2, "renameat2", TREE, 0, 1, 2, 3},
    {SYS_linkat, "linkat", TREE, 0, 1, 2, 3},
    {SYS_symlinkat, "symlinkat", TREE, 1, 2, -1, 0},
    {SYS_unlinkat, "unlinkat", TREE, 0, 1, -1, -1},
    {SYS_mkdirat, "mkdirat", TREE, 0, 1, -1, -1},
    {SYS_fchmodat, "fchmodat", TREE, 0, 1, -1, -1},
    {SYS_fchownat, "fchownat", TREE, 0, 1, -1, -1},
#ifdef SYS_open
    {SYS_open, "open", OPENS | IO | FILES, -1, 0, -1, -1},
    {SYS_stat, "stat", IO, -1, 0, -1, -1},
    {SYS_lstat, "lstat", IO, -1, 0, -1, -1},
    {SYS_readlink, "readlink", IO, -1, 0, -1, -1},
    {SYS_rename, "rename", TREE, -1, 0, -1, 1},
    {SYS_link, "link", TREE, -1, 0, -1, 1},
    {SYS_symlink, "symlink", TREE, -1, 1, -1, 0},
    {SYS_unlink, "unlink", TREE, -1, 0, -1, -1},
    {SYS_rmdir, "rmdir", TREE, -1, 0, -1, -1},
    {SYS_mkdir, "mkdir", TREE, -1, 0, -1, -1},
    {SYS_chmod, "chmod", TREE, -1, 0, -1, -1},
    {SYS_chown, "chown", TREE, -1, 0, -1, -1},
    {SYS_pipe, "pipe", FILES, -1, -1, -1, -1},
    {SYS_fork, "fork", CHANGES, -1, -1, -1, -1},
    {SYS_vfork, "vfork", CHANGES, -1, -1, -1, -1},
#endif
    {SYS_pipe2, "pipe2", FILES, -1, -1, -1, -1},
    {SYS_socket, "socket", FILES, -1, -1, -1, -1},
    {SYS_pidfd_open, "pidfd_open", FILES, -1, -1, -1, -1},
    {SYS_clone, "clone", CHANGES, -1, -1, -1, -1},
    {SYS_clone3, "clone3", CHANGES, -1, -1, -1, -1},
    {SYS_wait4, "wait4", CHANGES, -1, -1, -1, -1},
    {SYS_kill, "kill", CHANGES, -1, -1, -1, -1},
    {SYS_pidfd_send_signal, "pidfd_send_signal", CHANGES, -1, -1, -1, -1},
    {SYS_flock, "flock", CHANGES, 0, -1, -1, -1},
    {SYS_exit_group, "exit_group", CHANGES, -1, -1, -1, -1},
};

static const struct {
    const char *name;
    int code, flag;
} errors[] = {{"ENOSPC", ENOSPC, SPACE}, {"EDQUOT", EDQUOT, SPACE}, {"EROFS", EROFS, READ_ONLY}, {"EIO", EIO, IO}, {"EMFILE", EMFILE, FILES}};

struct call {
    const struct kind *kind;
    uint64_t arguments[6];
    int flags;
    char path[PATH_MAX], second[PATH_MAX];
};

static pid_t traced;

static void fail(const char *what) {
    perror(what);
    if (traced > 0) kill(traced, SIGKILL);
    exit(125);
}

static size_t copy(uint64_t address, void *to, size_t size) {
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)address, size};
    ssize_t count = process_vm_readv(traced, &here, 1, &there, 1, 0);
    return count < 0 ? 0 : (size_t)count;
}

/* Page by page, because the next page may not be mapped. */
static void copy_text(uint64_t address, char *to, size_t size) {
    size_t length = 0;
    while (length + 1 < size) {
        size_t part = 4096 - (address + length) % 4096;
        if (part > size - 1 - length) part = size - 1 - length;
        size_t count = copy(address + length, to + length, part);
        char *end = memchr(to + length, 0, count);
        if (end != NULL) return;
        length += count;
        if (count < part) break;
    }
    to[length] = 0;
}

static void name_descriptor(int descriptor, char *to) {
    char link[64];
    snprintf(link, sizeof link, descriptor == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d", traced, descriptor);
    ssize_t length = readlink(link, to, PATH_MAX - 1);
    to[length < 0 ? 0 : length] = 0;
}

static void name_path(const struct call *call, int descriptor, int argument, char *to) {
    char text[PATH_MAX];
    copy_text(call->arguments[argument], text, sizeof text);
    if (text[0] == '/' || descriptor < 0) {
        strcpy(to, text);
        return;
    }
    name_descriptor((int)call->arguments[descriptor], to);
    size_t length = strlen(to);
    if (text[0] != 0) snprintf(to + length, PATH_MAX - length, "/%s", text);
}

/* Whether a path is a file on a disk: no socket, no pipe, no file of the kernel's, no deleted file. */
static int is_on_disk(const char *path) {
    size_t length = strlen(path);
    return path[0] == '/' && strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/sys/", 5) != 0 && strncmp(path, "/dev/", 5) != 0
           && (length < 10 || strcmp(path + length - 10, " (deleted)") != 0);
}

static void describe(struct call *call, const struct kind *kind, const uint64_t *arguments) {
    memcpy(call->arguments, arguments, sizeof call->arguments);
    call->kind = kind;
    call->flags = kind->flags;
    call->path[0] = call->second[0] = 0;
    if (kind->path >= 0)
        name_path(call, kind->descriptor, kind->path, call->path);
    else if (kind->descriptor >= 0)
        name_descriptor((int)arguments[kind->descriptor], call->path);
    if (kind->flags & SUBMITS) {
        uint64_t address;
        struct iocb request;
        if (arguments[1] == 1 && copy(arguments[2], &address, sizeof address) == sizeof address
            && copy(address, &request, sizeof request) == sizeof request)
            name_descriptor((int)request.aio_fildes, call->path);
    }
    /* A symbolic link's target is text, not a path relative to here. */
    if (kind->second >= 0) name_path(call, kind->second_descriptor, kind->second, call->second);
    if (kind->flags & ON_FILE && !is_on_disk(call->path)) call->flags = 0;
    if (kind->flags & OPENS) {
        uint64_t how = arguments[kind->path + 1];
        if (!is_on_disk(call->path))
            call->flags &= ~IO;
        else if ((how & O_ACCMODE) != O_RDONLY)
            call->flags |= READ_ONLY;
        if (how & (O_CREAT | O_TRUNC)) call->flags |= CHANGES | SPACE;
    }
    if (!(kind->flags & CHANGES) && kind->path >= 0 && !is_on_disk(call->path)) call->flags &= ~IO;
}

static void record(FILE *to, const struct call *call, int64_t result) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int opens = call->kind->flags & OPENS, at = call->kind->path + 1;
    uint64_t detail = opens ? call->arguments[at] : call->kind->number == SYS_renameat2 ? call->arguments[4] : call->arguments[1];
    fprintf(to, "%lld\t%s\t%" PRId64 "\t%s\t%s\t%" PRIu64 "\t", (long long)now.tv_sec * 1000000000 + now.tv_nsec, call->kind->name, result,
            call->path, call->second, detail);
    if (call->kind->flags & BYTES) {
        for (int64_t done = 0; done < result;) {
            unsigned char part[4096];
            size_t size = (size_t)(result - done) < sizeof part ? (size_t)(result - done) : sizeof part;
            size_t count = copy(call->arguments[1] + (uint64_t)done, part, size);
            if (count == 0) break;
            for (size_t index = 0; index < count; index++) fprintf(to, "%02x", part[index]);
            done += (int64_t)count;
        }
    }
    fputc('\n', to);
    /* So that a record that is read while the program runs ends with a whole line. */
    fflush(to);
}

static int can_fail(void) {
#if defined(__x86_64__)
    return 1;
#else
    return 0;
#endif
}

static void skip_call(void) {
#if defined(__x86_64__)
    if (ptrace(PTRACE_POKEUSER, traced, offsetof(struct user_regs_struct, orig_rax), -1L) != 0) fail("stepper: PTRACE_POKEUSER");
#endif
}

static void set_result(int code) {
#if defined(__x86_64__)
    if (ptrace(PTRACE_POKEUSER, traced, offsetof(struct user_regs_struct, rax), (long)-code) != 0) fail("stepper: PTRACE_POKEUSER");
#else
    (void)code;
#endif
}

int main(int count, char **words) {
    const char *report_path = NULL, *record_path = NULL, *from = NULL, *kill_call = NULL;
    long kill_change = 0, kill_any = 0, fail_at = 0;
    int error = -1, stays = 0, option;
    while ((option = getopt(count, words, "+o:r:f:k:K:c:e:s")) != -1) {
        char *rest = NULL;
        switch (option) {
        case 'o': report_path = optarg; break;
        case 'r': record_path = optarg; break;
        case 'f': from = optarg; break;
        case 'k': kill_change = atol(optarg); break;
        case 'K': kill_any = atol(optarg); break;
        case 'c': kill_call = optarg; break;
        case 's': stays = 1; break;
        case 'e':
            fail_at = strtol(optarg, &rest, 10);
            for (int index = 0; index < (int)(sizeof errors / sizeof *errors); index++)
                if (*rest == ':' && strcmp(rest + 1, errors[index].name) == 0) error = index;
            if (error >= 0 && can_fail()) break;
            fprintf(stderr, "stepper: cannot inject %s here\n", optarg);
            return 125;
        default: return 125;
        }
    }
    if (optind >= count) return 125;
    FILE *report = report_path ? fopen(report_path, "we") : NULL, *recorded = record_path ? fopen(record_path, "we") : NULL;
    if ((report_path && !report) || (record_path && !recorded)) fail("stepper: open");

    traced = fork();
    if (traced < 0) fail("stepper: fork");
    if (traced == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            perror("stepper: ptrace");
            _exit(125);
        }
        raise(SIGSTOP);
        execvp(words[optind], words + optind);
        perror(words[optind]);
        _exit(127);
    }
    int status;
    if (waitpid(traced, &status, 0) != traced || !WIFSTOPPED(status)) return 125;
    if (ptrace(PTRACE_SETOPTIONS, traced, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC) != 0)
        fail("stepper: PTRACE_SETOPTIONS");

    static struct call call;
    long changes = 0, calls = 0, failable = 0, could[sizeof errors / sizeof *errors] = {0};
    int counting = from == NULL, failing = 0, reached = 0, is_inside = 0, signal = 0;
    for (;;) {
        if (ptrace(PTRACE_SYSCALL, traced, NULL, (long)signal) != 0 && errno != ESRCH) fail("stepper: PTRACE_SYSCALL");
        signal = 0;
        if (waitpid(traced, &status, 0) != traced) fail("stepper: waitpid");
        if (WIFEXITED(status) || WIFSIGNALED(status)) break;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            if (status >> 16 == 0) signal = WSTOPSIG(status);
            continue;
        }
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, traced, sizeof info, &info) <= 0) continue;
        if (info.op == PTRACE_SYSCALL_INFO_EXIT && is_inside) {
            is_inside = 0;
            if (failing) set_result(errors[error].code);
            if (recorded && call.kind && counting && call.flags & CHANGES) record(recorded, &call, failing ? -errors[error].code : info.exit.rval);
            failing = 0;
            continue;
        }
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
        is_inside = 1;
        call.kind = NULL;
        for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++)
            if (kinds[index].number == (long)info.entry.nr) describe(&call, &kinds[index], (const uint64_t *)info.entry.args);
        if (!counting && call.kind && strcmp(call.path, from) == 0) counting = 1;
        if (!counting) continue;
        calls++;
        if (call.kind && call.flags & CHANGES) changes++;
        for (size_t index = 0; call.kind && index < sizeof errors / sizeof *errors; index++)
            if (call.flags & errors[index].flag) could[index]++;
        const char *name = call.kind ? call.kind->name : "another call";
        const int is_change = call.kind && call.flags & CHANGES;
        const size_t length = strlen(name);
        const int is_wanted = kill_call && call.kind && strncmp(kill_call, name, length) == 0 && kill_call[length] == ':'
                              && strcmp(kill_call + length + 1, call.path) == 0;
        if (is_wanted || (kill_change > 0 && is_change && changes == kill_change) || (kill_any > 0 && calls == kill_any)) {
            if (report) fprintf(report, "killed before call %ld, change %ld: %s %s %s\n", calls, changes, name, call.kind ? call.path : "", call.kind ? call.second : "");
            kill(traced, SIGKILL);
            reached = 1;
        } else if (error >= 0 && call.kind && call.flags & errors[error].flag) {
            failable++;
            if (failable == fail_at || (stays && failable > fail_at)) {
                if (report && !reached) fprintf(report, "%s%s from call %ld: %s %s %s\n", errors[error].name, stays ? " that stays" : "", calls, name, call.path, call.second);
                skip_call();
                failing = reached = 1;
            }
        }
    }
    if (report && !reached) {
        fprintf(report, "ended: %ld changes, %ld calls; could fail:", changes, calls);
        for (size_t index = 0; index < sizeof errors / sizeof *errors; index++) fprintf(report, " %s %ld", errors[index].name, could[index]);
        fputc('\n', report);
    }
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    return WEXITSTATUS(status);
}
