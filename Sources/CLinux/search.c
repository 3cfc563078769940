#define _GNU_SOURCE
#include "clinux.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

/* Checks 64 places in one step: compares the whole text only where both rare bytes match. Never reads beyond `length`. */
__attribute__((target("avx2,bmi"))) static const void *search_avx2(const unsigned char *bytes, size_t length, const unsigned char *text,
                                                                  size_t text_length, size_t first, size_t second) {
    const unsigned char *const end = bytes + length;
    const size_t reach = 64 + (first > second ? first : second);
    const __m256i one = _mm256_set1_epi8((char)text[first]), other = _mm256_set1_epi8((char)text[second]);
    const unsigned char *at = bytes;
    for (; (size_t)(end - at) >= reach; at += 64) {
        /* Fetches the next page, which the processor does not do by itself. A prefetch never faults. */
        _mm_prefetch((const char *)at + 4096, _MM_HINT_T0);
        const __m256i low = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(at + first)), one),
                                             _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(at + second)), other));
        const __m256i high = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(at + 32 + first)), one),
                                              _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(at + 32 + second)), other));
        if (__builtin_expect(!_mm256_testz_si256(_mm256_or_si256(low, high), _mm256_or_si256(low, high)), 0)) {
            unsigned long long places = (unsigned)_mm256_movemask_epi8(low) | (unsigned long long)(unsigned)_mm256_movemask_epi8(high) << 32;
            for (; places != 0; places &= places - 1) {
                const unsigned char *const place = at + __builtin_ctzll(places);
                if ((size_t)(end - place) < text_length) return NULL;
                if (memcmp(place, text, text_length) == 0) return place;
            }
        }
    }
    return memmem(at, (size_t)(end - at), text, text_length);
}

__attribute__((target("avx2"))) static size_t count_avx2(const unsigned char *bytes, int byte, size_t length, size_t *done) {
    const __m256i wanted = _mm256_set1_epi8((char)byte);
    size_t count = 0, at = 0;
    while (length - at >= 64) {
        /* A lane can count up to 255. */
        size_t steps = (length - at) / 64;
        if (steps > 127) steps = 127;
        __m256i lanes = _mm256_setzero_si256();
        for (; steps > 0; steps--, at += 64) {
            lanes = _mm256_sub_epi8(lanes, _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(bytes + at)), wanted));
            lanes = _mm256_sub_epi8(lanes, _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(bytes + at + 32)), wanted));
        }
        const __m256i sums = _mm256_sad_epu8(lanes, _mm256_setzero_si256());
        count += (size_t)(_mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) + _mm256_extract_epi64(sums, 2)
                          + _mm256_extract_epi64(sums, 3));
    }
    *done = at;
    return count;
}
#endif

const void *clinux_search(const void *bytes, size_t length, const void *text, size_t text_length, size_t first, size_t second) {
    if (text_length > length) return NULL;
#if defined(__x86_64__)
    if (first < text_length && second < text_length && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return search_avx2(bytes, length, text, text_length, first, second);
#endif
    (void)first, (void)second;
    return memmem(bytes, length, text, text_length);
}

size_t clinux_count(const void *bytes, int byte, size_t length) {
    const unsigned char *all = bytes;
    size_t count = 0, at = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) count = count_avx2(all, byte, length, &at);
#endif
    for (; at < length; at++) count += all[at] == (unsigned char)byte;
    return count;
}
