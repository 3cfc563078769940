/* The kernel and the other processes: signals, sockets, privilege, programs, memory. */
#include "attack.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <grp.h>
#include <systemd/sd-bus.h>

/* A harmless signal that needs the same permission as any other. */
static int send_signal(const char *name) { return kill(target(name), SIGWINCH); }

static int send_signal_by_pidfd(const char *name) {
    int process = (int)syscall(SYS_pidfd_open, target(name), 0);
    return process < 0 ? -1 : (int)syscall(SYS_pidfd_send_signal, process, SIGWINCH, NULL, 0);
}

static int make_socket(int family, int type, int protocol) { return socket(family, type | SOCK_CLOEXEC, protocol) < 0 ? -1 : 0; }
static int tcp4(const char *none) { return make_socket(AF_INET, SOCK_STREAM, 0); }
static int udp4(const char *none) { return make_socket(AF_INET, SOCK_DGRAM, 0); }
static int raw4(const char *none) { return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static int tcp6(const char *none) { return make_socket(AF_INET6, SOCK_STREAM, 0); }
static int udp6(const char *none) { return make_socket(AF_INET6, SOCK_DGRAM, 0); }
static int packets(const char *none) { return make_socket(AF_PACKET, SOCK_RAW, 0); }
static int netlink(const char *none) { return make_socket(AF_NETLINK, SOCK_RAW, 0); }

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return connect(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&address, sizeof address);
}

static int reload_over_bus(const char *unit) {
    sd_bus *bus = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = sd_bus_open_system(&bus);
    if (code >= 0)
        code = sd_bus_call_method(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                  "ReloadUnit", &error, NULL, "ss", unit, "replace");
    errno = -code;
    return code < 0 ? -1 : 0;
}

const struct attempt attempts_to_reach[] = {
    {"signal Exim", send_signal, "exim"},
    {"signal Exim by a pidfd", send_signal_by_pidfd, "exim"},
    {"signal systemd", send_signal, "systemd"},
    {"signal the journal service", send_signal, "journal"},
    {"open a TCP socket (AF_INET)", tcp4, NULL},
    {"open a UDP socket (AF_INET)", udp4, NULL},
    {"open a raw socket (AF_INET)", raw4, NULL},
    {"open a TCP socket (AF_INET6)", tcp6, NULL},
    {"open a UDP socket (AF_INET6)", udp6, NULL},
    {"open a packet socket (AF_PACKET)", packets, NULL},
    {"open a netlink socket (AF_NETLINK)", netlink, NULL},
    {"connect to the system bus", connect_to, "/run/dbus/system_bus_socket"},
    {"connect to systemd's own socket", connect_to, "/run/systemd/private"},
    {"have systemd reload Exim", reload_over_bus, "exim4.service"},
    {NULL, NULL, NULL},
};

static int become_root(const char *none) { return setresuid(0, 0, 0); }
static int join_group(const char *none) { return setgroups(1, (gid_t[]){0}); }
static int unshare_users(const char *none) { return unshare(CLONE_NEWUSER); }
static int unshare_mounts(const char *none) { return unshare(CLONE_NEWNS); }
static int unshare_network(const char *none) { return unshare(CLONE_NEWNET); }

static int enter_namespace(const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", target(name));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    return file < 0 ? -1 : setns(file, CLONE_NEWNS);
}

/* In its own mount namespace, if it can make one. */
static int mount_something(const char *none) {
    unshare(CLONE_NEWNS);
    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    return mount("tmpfs", "/mnt", "tmpfs", 0, NULL);
}

static int make_writable(const char *none) {
    unshare(CLONE_NEWNS);
    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    return mount("/", "/", NULL, MS_BIND, NULL) != 0 ? -1 : mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL);
}

static int change_root(const char *none) { return chroot("/"); }
static int trace(const char *name) { return (int)ptrace(PTRACE_SEIZE, target(name), 0, 0); }

static int read_memory(const char *name) {
    /* Nothing is mapped there: with the permission the call fails with EFAULT. */
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)8, 1};
    return process_vm_readv(target(name), &here, 1, &there, 1, 0) >= 0 || errno == EFAULT ? 0 : -1;
}

static int make_bpf_map(const char *none) {
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes) < 0 ? -1 : 0;
}

static int add_key(const char *none) { return syscall(SYS_add_key, "user", "attack", "x", 1, -2) < 0 ? -1 : 0; }
static int ask_keyring(const char *none) { return syscall(SYS_keyctl, 0, -3, 1) < 0 ? -1 : 0; }

static int watch_cpu(const char *none) {
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_CPU_CLOCK};
    return syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0) < 0 ? -1 : 0;
}

static int name_host(const char *none) {
    char name[65];
    return gethostname(name, sizeof name) != 0 ? -1 : sethostname(name, strlen(name));
}

static int set_zone(const char *none) {
    /* glibc's settimeofday no longer accepts a zone. The current zone is set again. */
    struct timezone zone;
    return syscall(SYS_gettimeofday, NULL, &zone) != 0 ? -1 : (int)syscall(SYS_settimeofday, NULL, &zone);
}

static int real_time(const char *none) { return sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}); }
static int be_preferred(const char *none) { return setpriority(PRIO_PROCESS, 0, -5); }

static int lift_limit(const char *none) { return setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}); }

static int share_memory(const char *none) {
    int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    return memory < 0 ? -1 : shmctl(memory, IPC_RMID, NULL);
}

static int old_personality(const char *none) { return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0; }

const struct attempt attempts_to_rise[] = {
    {"become root (setresuid)", become_root, NULL},
    {"join another group (setgroups)", join_group, NULL},
    {"make a user namespace", unshare_users, NULL},
    {"make a mount namespace", unshare_mounts, NULL},
    {"make a network namespace", unshare_network, NULL},
    {"enter Exim's namespace (setns)", enter_namespace, "exim"},
    {"mount a file system", mount_something, NULL},
    {"make / writable by a mount", make_writable, NULL},
    {"change its root (chroot)", change_root, NULL},
    {"trace Exim (ptrace)", trace, "exim"},
    {"read Exim's memory (process_vm_readv)", read_memory, "exim"},
    {"make a BPF map", make_bpf_map, NULL},
    {"add a key to the kernel's keyring", add_key, NULL},
    {"ask for the kernel's keyring", ask_keyring, NULL},
    {"count events of a processor (perf_event_open)", watch_cpu, NULL},
    {"set the host's name", name_host, NULL},
    {"set the clock's zone", set_zone, NULL},
    {"run in real time", real_time, NULL},
    {"raise its priority (setpriority)", be_preferred, NULL},
    {"raise the limit of its file size (setrlimit)", lift_limit, NULL},
    {"share memory (shmget)", share_memory, NULL},
    {"make its memory predictable (personality)", old_personality, NULL},
    {NULL, NULL, NULL},
};
