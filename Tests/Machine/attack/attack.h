/* What code in trustd's place tries. The program takes the place of trustd's own file, so that the unit runs it exactly as shipped. */
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

/* Returns 0 when it succeeded, else -1 with errno. Runs in a process of its own. */
typedef int (*attempt_function)(const char *argument);

struct attempt {
    const char *name;
    attempt_function function;
    const char *argument;
};

/* Each list ends with an empty one. */
extern const struct attempt attempts_to_write[], attempts_to_see[], attempts_to_reach[], attempts_to_rise[], attempts_to_run[];

/* The process that the machine's test has named in position/targets; 0 when it has not. */
int target(const char *name);

/* Lays one hostile thing into the queue at the place of `fingerprint`; 0, or -1 with errno. */
int plant(const char *kind, const char *fingerprint);
/* Takes everything away that lies in the queue. */
void clear_queue(void);
/* Exchanges what lies at the place of `fingerprint` as fast as it can, until killed; counts each time. */
void exchange_for_ever(const char *fingerprint, volatile unsigned long *turns);
