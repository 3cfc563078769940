#pragma once
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own loop (FuzzerInterface.h), which links only with -sanitize=fuzzer. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *bytes, size_t count));
