/* The queue, which trustd may fill: hostile files in it while root's trustctl works. */
#include "attack.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static const char entry[] = "trustd-pending 1\nFingerprint: %s\nFirst-Seen: 2026-11-22T17:41:59Z\nLast-Seen: 2026-11-22T17:41:59Z\n"
                            "Sightings: 1\n%s";
static const char poison[] = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C";

static int write_text(const char *path, const char *fingerprint, const char *more) {
    FILE *file = fopen(path, "we");
    if (file == NULL) return -1;
    fprintf(file, entry, fingerprint, more);
    return fclose(file);
}

static int copy(const char *from, const char *to, const char *fingerprint) {
    char text[12000] = "\n";
    FILE *file = fopen(from, "re");
    if (file == NULL) return -1;
    text[1 + fread(text + 1, 1, sizeof text - 2, file)] = 0;
    fclose(file);
    return write_text(to, fingerprint, text);
}

static int make_huge(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    /* As large as its unit allows. */
    for (long long size = 1LL << 40; size > 0; size /= 2)
        if (ftruncate(file, size) == 0) return close(file);
    return -1;
}

static int make_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    /* A socket's path must be shorter than ours: bound at a short path, then renamed. */
    strcpy(address.sun_path, QUEUE "/.attack-socket");
    int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(end, (struct sockaddr *)&address, sizeof address) != 0) return -1;
    return rename(address.sun_path, path);
}

static int fill(void) {
    char path[256], name[65];
    for (unsigned long number = 0; number < 20500; number++) {
        snprintf(name, sizeof name, "%064lX", number * 2654435761UL + (1UL << 60));
        snprintf(path, sizeof path, "%s/%s", QUEUE, name);
        if (write_text(path, name, "") != 0) return -1;
    }
    return 0;
}

int plant(const char *kind, const char *fingerprint) {
    char path[256], other[300];
    snprintf(path, sizeof path, "%s/%s", QUEUE, fingerprint);
    snprintf(other, sizeof other, "%s/%s", QUEUE, ".attack-other");
#define is(name) (strcmp(kind, name) == 0)
    clear_queue();
    if (strncmp(kind, "invited", strlen("invited")) == 0) return plant_invited(kind);
    if (is("link-to-shadow")) return symlink("/etc/shadow", path);
    if (is("link-to-list")) return symlink("/etc/trustd/relay_from_certs", path);
    if (is("link-to-itself")) return symlink(path, path);
    if (is("hard-link")) return write_text(other, fingerprint, "") != 0 ? -1 : link(other, path);
    if (is("fifo")) return mkfifo(path, 0644);
    if (is("socket")) return make_socket(path);
    if (is("device")) return mknod(path, S_IFCHR | 0666, 1 << 8 | 5);
    if (is("folder")) return mkdir(path, 0755) != 0 ? -1 : chmod(path, 0) != 0 ? -1 : 0;
    if (is("full-folder")) {
        snprintf(other, sizeof other, "%s/inside", path);
        return mkdir(path, 0755) != 0 ? -1 : write_text(other, fingerprint, "");
    }
    if (is("huge")) return make_huge(path);
    if (is("no-mode")) return write_text(path, fingerprint, "") != 0 ? -1 : chmod(path, 0);
    if (is("other-fingerprint"))
        return write_text(path, "ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB", "");
    if (is("other-certificate")) return copy(POSITION "/other.pem", path, fingerprint);
    if (is("control-characters"))
        return write_text(path, fingerprint, "Observed-Address: 192.0.2.7\nObserved-Helo: \033]0;root:owned\a\033[2J\xe2\x80\xae\n");
    if (is("names")) {
        snprintf(other, sizeof other, "%s/%s", QUEUE, "\033]0;root:owned\a\033[2J\xe2\x80\xae\n");
        return write_text(other, fingerprint, "");
    }
    if (is("half")) return write_text(path, fingerprint, "") != 0 ? -1 : truncate(path, 70);
    if (is("zeros")) return make_huge(path) != 0 ? -1 : truncate(path, 16384);
    if (is("no-certificate")) {
        snprintf(other, sizeof other, "%s/%s", QUEUE, poison);
        return write_text(other, poison, "");
    }
    if (is("flood")) return fill();
    if (is("open-queue")) return chmod(QUEUE, 0777);
    if (is("status-link")) return unlink(POSITION "/status"), symlink("/etc/shadow", POSITION "/status");
    if (is("status-fifo")) return unlink(POSITION "/status"), mkfifo(POSITION "/status", 0644);
    if (is("position-fifo")) return unlink(POSITION "/position"), mkfifo(POSITION "/position", 0644);
    errno = EINVAL;
    return -1;
}

void clear_queue(void) {
    DIR *folder = opendir(QUEUE);
    struct dirent *one;
    char path[512], inside[600];
    while (folder != NULL && (one = readdir(folder)) != NULL) {
        if (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0) continue;
        snprintf(path, sizeof path, "%s/%s", QUEUE, one->d_name);
        if (unlink(path) == 0) continue;
        chmod(path, 0700);
        snprintf(inside, sizeof inside, "%s/inside", path);
        unlink(inside);
        rmdir(path);
    }
    if (folder != NULL) closedir(folder);
    chmod(QUEUE, 0750);
    const char *own[] = {POSITION "/status", POSITION "/position"};
    struct stat status;
    for (int index = 0; index < 2; index++)
        if (lstat(own[index], &status) == 0 && !S_ISREG(status.st_mode)) unlink(own[index]);
}

/* An entry, a link to a secret, a FIFO, a folder and another entry follow one another in one place, without a gap. */
void exchange_for_ever(const char *fingerprint, volatile unsigned long *turns) {
    char path[256], next[256];
    snprintf(path, sizeof path, "%s/%s", QUEUE, fingerprint);
    snprintf(next, sizeof next, "%s/%s", QUEUE, ".attack-next");
    for (;; ++*turns) {
        switch (*turns % 5) {
        case 0: (void)!write_text(next, fingerprint, ""); break;
        case 1: (void)!symlink("/etc/shadow", next); break;
        case 2: mkfifo(next, 0644); break;
        case 3: mkdir(next, 0755); break;
        case 4: (void)!copy(POSITION "/other.pem", next, fingerprint); break;
        }
        if (syscall(SYS_renameat2, AT_FDCWD, next, AT_FDCWD, path, 2 /* RENAME_EXCHANGE */) != 0) rename(next, path);
        if (unlink(next) != 0) rmdir(next);
    }
}
