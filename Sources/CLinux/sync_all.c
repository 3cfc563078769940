#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clinux_sync_open(unsigned count, unsigned long *group) {
    *group = 0;
    return (int)syscall(SYS_io_setup, count, group);
}

int clinux_sync_add(unsigned long group, int file) {
    struct iocb request = {.aio_lio_opcode = IOCB_CMD_FSYNC, .aio_fildes = (unsigned)file}, *requests = &request;
    long submitted;
    do submitted = syscall(SYS_io_submit, group, 1L, &requests);
    while (submitted < 0 && errno == EINTR);
    return submitted == 1 ? 0 : -1;
}

int clinux_sync_wait(unsigned long group, unsigned count, int milliseconds, int *error) {
    struct io_event events[64];
    struct timespec patience = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (count > 64) count = 64;
    long ended = syscall(SYS_io_getevents, group, (long)count, (long)count, events, &patience);
    if (ended < 0) return errno == EINTR ? 0 : -1;
    for (long number = 0; number < ended; number++)
        if (events[number].res < 0) *error = (int)-events[number].res;
    return (int)ended;
}

void clinux_sync_close(unsigned long group) { syscall(SYS_io_destroy, group); }
