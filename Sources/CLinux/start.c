#include "clinux.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What has to be so before any library starts. */

static void clear_runtime(char **environment) {
    char **kept = environment;
    for (char **variable = environment; *variable != NULL; variable++)
        if (strncmp(*variable, "SWIFT_", 6) != 0 || strcmp(*variable, "SWIFT_BACKTRACE=enable=no") == 0) *kept++ = *variable;
    *kept = NULL;
}

/* The attack, or a careless supervisor: standard output or error is closed, the first file that is opened takes its number, and what is
   said to the operator goes into the ledger or the lock. What cannot be written to fails, and is noticed. */
static void fill_standard_descriptors(void) {
    for (int number = 0; number <= 2; number++)
        if (fcntl(number, F_GETFD) == -1 && open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY) != number) _exit(78);
}

static void start(int count, char **arguments, char **environment) {
    (void)count;
    (void)arguments;
    clear_runtime(environment);
    fill_standard_descriptors();
}

__attribute__((section(".preinit_array"), used)) static void (*const start_first)(int, char **, char **) = start;
