#define _GNU_SOURCE
#include "clinux.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* One half of what is searched. */
struct half {
    const unsigned char *from, *to;
    const void *text;
    size_t text_length, first, second;
    unsigned *places;
    size_t capacity, count;
    /* Every place before this one was found. */
    const unsigned char *complete;
};

/* Finds `text` where it begins in [from, to); it may end behind. `end` is the end of everything. */
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

/* The other thread and what it is given. It lives as long as we do; it holds no lock and allocates nothing while it works. */
static struct {
    /* Held by the one that it works for. */
    pthread_mutex_t taken;
    pthread_mutex_t lock;
    pthread_cond_t wakes;
    atomic_uint asked, answered;
    struct half half;
    const unsigned char *start, *end;
    int state;
} other = {.taken = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .wakes = PTHREAD_COND_INITIALIZER};

enum { UNKNOWN, ALONE, TWO };

/* A moment, in looks: about what the lines of one window take. To be put to sleep and woken takes longer than half a search. */
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
    /* It has as much to do as we had; when its processor was taken from it, ours is given up. */
    for (int look = 0; atomic_load_explicit(&other.answered, memory_order_acquire) != asked; look++)
        if (look < PATIENCE) breathe();
        else sched_yield();
    /* What the other found counts only when nothing between is left out. */
    if (all.complete == all.to) {
        memmove(places + all.count, other.half.places, other.half.count * sizeof *places);
        all.count += other.half.count;
        all.complete = other.half.complete;
    }
    pthread_mutex_unlock(&other.taken);
    *searched = (size_t)(all.complete - start);
    return all.count;
}
