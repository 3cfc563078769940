/* What code in trustd's place tries. The program replaces trustd's own file, so that the unit runs it exactly as shipped. */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATE "/var/lib/trustd"
#define QUEUE STATE "/pending"
#define POSITION STATE "/position"

/* Returns 0 on success, else -1 with errno. Runs in a process of its own. */
typedef int (*attempt_function)(const char *argument);

struct attempt {
    const char *name;
    attempt_function function;
    const char *argument;
};

/* Each list ends with an empty attempt. */
extern const struct attempt attempts_to_write[], attempts_to_see[], attempts_to_reach[], attempts_to_rise[], attempts_to_run[];

/* The process that the machine's test has named in position/targets; 0 if it is not there. */
int target(const char *name);

/* Puts one hostile thing into the queue in the place of `fingerprint`; 0, or -1 with errno. */
int plant(const char *kind, const char *fingerprint);
/* The same for an invitation's guest, in the place of what is queued. */
int plant_invited(const char *kind);
/* Removes everything from the queue. */
void clear_queue(void);
/* Exchanges the file in the place of `fingerprint` as fast as it can, until killed; counts each time. */
void exchange_for_ever(const char *fingerprint, volatile unsigned long *turns);
