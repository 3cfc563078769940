#include "clinux.h"

#include <string.h>

static void clear_runtime(int count, char **arguments, char **environment) {
    (void)count;
    (void)arguments;
    char **kept = environment;
    for (char **variable = environment; *variable != NULL; variable++)
        if (strncmp(*variable, "SWIFT_", 6) != 0 || strcmp(*variable, "SWIFT_BACKTRACE=enable=no") == 0) *kept++ = *variable;
    *kept = NULL;
}

__attribute__((section(".preinit_array"), used)) static void (*const clear_first)(int, char **, char **) = clear_runtime;
