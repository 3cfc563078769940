#include "clinux.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Runs before any library is initialised; see clinux.h. */

static void clear_runtime(char **environment) {
    char **kept = environment;
    for (char **variable = environment; *variable != NULL; variable++)
        if (strncmp(*variable, "SWIFT_", 6) != 0 || strcmp(*variable, "SWIFT_BACKTRACE=enable=no") == 0) *kept++ = *variable;
    *kept = NULL;
}

/* The attack, or a careless supervisor: standard output or error is closed, the first file that the program opens gets its number, and
   messages for the operator go into the ledger or the lock. The replacements are opened in the wrong direction, so that reading from
   standard input or writing to the other two fails and is noticed. */
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
