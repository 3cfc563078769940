#pragma once
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own loop (FuzzerInterface.h), which links only with -sanitize=fuzzer. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *bytes, size_t count));

/* libFuzzer's own mutation, in place; returns the new length. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t limit);
