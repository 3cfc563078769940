#define _GNU_SOURCE
#include "clinux.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* One half of the bytes to search. */
struct half {
    const unsigned char *from, *to;
    const void *text;
    size_t text_length, first, second;
    unsigned *places;
    size_t capacity, count;
    /* All occurrences before this address have been found. */
    const unsigned char *complete;
};

/* Finds occurrences of `text` that begin in [from, to); they may end after `to`. `end` is the end of all bytes. */
static void search_half(struct half *half, const unsigned char *start, const unsigned char *end) {
    const unsigned char *at = half->from, *stop = half->to + half->text_length - 1;
    if (stop > end) stop = end;
    half->count = 0;
    half->complete = half->to;
    const unsigned char *found;
    while ((found = clinux_search(at, (size_t)(stop - at), half->text, half->text_length, half->first, half->second))) {
        if (half->count == half->capacity) {
            half->complete = found;
            return;
        }
        half->places[half->count++] = (unsigned)(found - start);
        at = found + 1;
    }
}

/* The second thread and its task. It lives as long as the process. While it searches, it holds no lock and allocates nothing. */
static struct {
    /* Held by the caller whose half it searches. */
    pthread_mutex_t taken;
    pthread_mutex_t lock;
    pthread_cond_t wakes;
    atomic_uint asked, answered;
    struct half half;
    const unsigned char *start, *end;
    int state;
} other = {.taken = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .wakes = PTHREAD_COND_INITIALIZER};

enum { UNKNOWN, ALONE, TWO };

/* How often to check before sleeping: about as long as the search of one window takes. Sleep and wake-up take longer than half of it. */
enum { PATIENCE = 32768 };

static inline void breathe(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void *search_other(void *nothing) {
    unsigned done = 0;
    for (;;) {
        for (int look = 0; atomic_load_explicit(&other.asked, memory_order_acquire) == done && look < PATIENCE; look++) breathe();
        pthread_mutex_lock(&other.lock);
        while (atomic_load_explicit(&other.asked, memory_order_acquire) == done) pthread_cond_wait(&other.wakes, &other.lock);
        pthread_mutex_unlock(&other.lock);
        search_half(&other.half, other.start, other.end);
        atomic_store_explicit(&other.answered, ++done, memory_order_release);
    }
    return nothing;
}

static int has_other(void) {
    if (other.state == UNKNOWN) {
        cpu_set_t processors;
        pthread_t thread;
        other.state = ALONE;
        if (sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) > 1
            && pthread_create(&thread, NULL, search_other, NULL) == 0) {
            pthread_detach(thread);
            other.state = TWO;
        }
    }
    return other.state == TWO;
}

size_t clinux_search_all(const void *bytes, size_t length, const void *text, size_t text_length, size_t first, size_t second,
                         unsigned *places, size_t capacity, size_t *searched) {
    const unsigned char *start = bytes, *end = start + length;
    struct half all = {start, end, text, text_length, first, second, places, capacity, 0, end};
    int is_ours = length >= 65536 && pthread_mutex_trylock(&other.taken) == 0;
    if (!is_ours || !has_other()) {
        if (is_ours) pthread_mutex_unlock(&other.taken);
        search_half(&all, start, end);
        *searched = (size_t)(all.complete - start);
        return all.count;
    }
    other.half = all;
    other.start = start;
    other.end = end;
    other.half.from = all.to = start + length / 2;
    all.capacity = capacity / 2;
    other.half.places = places + all.capacity;
    other.half.capacity = capacity - all.capacity;
    pthread_mutex_lock(&other.lock);
    unsigned asked = atomic_fetch_add_explicit(&other.asked, 1, memory_order_release) + 1;
    pthread_cond_signal(&other.wakes);
    pthread_mutex_unlock(&other.lock);
    search_half(&all, start, end);
    /* The second thread has the same amount of work. If it lost its processor, yield this one. */
    for (int look = 0; atomic_load_explicit(&other.answered, memory_order_acquire) != asked; look++)
        if (look < PATIENCE) breathe();
        else sched_yield();
    /* The other half's results count only if this half was searched to its end. */
    if (all.complete == all.to) {
        memmove(places + all.count, other.half.places, other.half.count * sizeof *places);
        all.count += other.half.count;
        all.complete = other.half.complete;
    }
    pthread_mutex_unlock(&other.taken);
    *searched = (size_t)(all.complete - start);
    return all.count;
}
