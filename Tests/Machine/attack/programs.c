/* Other programs, and memory that is first written and then executed. */
#include "attack.h"

#include <sys/mman.h>
#include <sys/wait.h>

static int execute(const char *path) { return execl(path, path, (char *)NULL); }

/* A copy of itself, which it may read, with an argument that makes it end at once. */
static int own_program(const char *folder, char *path, size_t size) {
    char bytes[65536];
    ssize_t count;
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
    if (folder != NULL) {
        snprintf(path, size, "%s/.attack-program", folder);
        to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    } else
        to = (int)syscall(SYS_memfd_create, "attack", 0);
    if (from < 0 || to < 0) return -1;
    while ((count = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)count) != count) return -1;
    return to;
}

static int execute_copy(const char *folder) {
    char path[256];
    int file = own_program(folder, path, sizeof path);
    if (file < 0) return -1;
    close(file);
    /* Not removed here after a success, because this process is then another program; the test removes it. */
    execl(path, path, "nothing", (char *)NULL);
    int why = errno;
    unlink(path);
    errno = why;
    return -1;
}

static int execute_memory(const char *none) {
    int file = own_program(NULL, NULL, 0);
    if (file < 0) return -1;
    return (int)syscall(SYS_execveat, file, "", (char *[]){"attack", "nothing", NULL}, (char *[]){NULL}, AT_EMPTY_PATH);
}

/* The loader is a library and may be executed; what counts is whether it can run the other program. */
static int execute_by_loader(const char *path) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        execl("/lib64/ld-linux-x86-64.so.2", "ld.so", path, (char *)NULL);
        execl("/lib/ld-linux-aarch64.so.1", "ld.so", path, (char *)NULL);
        _exit(1);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) return -1;
    errno = ENOEXEC;
    return status == 0 ? 0 : -1;
}

static int map_both(const char *none) {
    return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int write_then_run(const char *none) {
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

static int map_file(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    if (file < 0 || ftruncate(file, 4096) != 0) return -1;
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    int why = errno;
    unlink(path);
    errno = why;
    return memory == MAP_FAILED ? -1 : 0;
}

static int map_memory_file(const char *none) {
    int file = (int)syscall(SYS_memfd_create, "attack", 0);
    if (file < 0 || ftruncate(file, 4096) != 0) return -1;
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED ? -1 : 0;
}

const struct attempt attempts_to_run[] = {
    {"run /bin/true", execute, "/bin/true"},
    {"run a shell", execute, "/bin/sh"},
    {"run trustctl", execute, "/usr/sbin/trustctl"},
    {"run a program of apt's in /usr/lib", execute, "/usr/lib/apt/apt-helper"},
    {"run /bin/true through the loader", execute_by_loader, "/bin/true"},
    {"run a program that it has put into its queue", execute_copy, QUEUE},
    {"run a program that it has put into /tmp", execute_copy, "/tmp"},
    {"run a program in memory (memfd_create)", execute_memory, NULL},
    {"map memory that is writable and executable", map_both, NULL},
    {"make written memory executable (mprotect)", write_then_run, NULL},
    {"map a file that it has written as executable", map_file, QUEUE "/.attack-memory"},
    {"map a file in memory as executable (memfd_create)", map_memory_file, NULL},
    {NULL, NULL, NULL},
};
