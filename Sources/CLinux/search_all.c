#define _GNU_SOURCE
#include "clinux.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* What one step searches; occurrences that begin in it may end behind it. */
enum { PIECE = 256 << 10 };
/* How many pieces the second thread may be ahead: 8 MiB. A power of two. */
enum { AHEAD = 32 };
/* More occurrences than this are searched for again, straight into the caller's memory. */
enum { ROOM = PIECE / 64 };
/* Shorter texts are searched by one thread: to wake another takes as long. */
enum { LEAST = 65536 };

/* The second thread, and what both search. It lives as long as the process, and allocates nothing. Neither thread ever waits for a piece
   that the other one searches: whoever has lost its processor must not hold up the other. The first one searches that piece again. */
static struct {
    /* Held from the first call about some bytes to the last one. */
    atomic_flag taken;
    int state;
    pthread_mutex_t lock;
    /* There are pieces to search; the second thread has ended its piece. */
    pthread_cond_t wakes, rests;
    /* The bytes; what follows is guarded by `lock`. */
    const unsigned char *start, *end;
    const void *text;
    size_t text_length, first, second;
    /* The pieces that the caller has had, that somebody has begun, and that there are. */
    size_t used, begun, all;
    int is_searching, is_asleep;
    struct found {
        size_t piece;
        enum { NOTHING, SEARCHED, COMPLETE, TOO_MANY } state;
        unsigned count;
        /* Offsets in the piece. */
        unsigned places[ROOM];
    } found[AHEAD];
} both = {.taken = ATOMIC_FLAG_INIT, .lock = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP, .wakes = PTHREAD_COND_INITIALIZER, .rests = PTHREAD_COND_INITIALIZER};

enum { UNKNOWN, ALONE, TWO };

/* Writes where the text begins in [from, to), counted from `start`; it may end behind `to`, but not behind `end`. Returns where it stopped:
   `to`, or the first occurrence for which there is no room. */
static const unsigned char *search_part(const unsigned char *from, const unsigned char *to, const unsigned char *end, const void *text,
                                        size_t text_length, size_t first, size_t second, const unsigned char *start, unsigned *places,
                                        size_t capacity, size_t *count) {
    const unsigned char *stop = (size_t)(end - to) < text_length - 1 ? end : to + text_length - 1;
    const unsigned char *found;
    while ((found = clinux_search(from, (size_t)(stop - from), text, text_length, first, second))) {
        if (*count == capacity) return found;
        places[(*count)++] = (unsigned)(found - start);
        from = found + 1;
    }
    return to;
}

/* Searches the next piece that nobody has begun; false when there is none. The lock is held, and is free meanwhile. */
static int search_next(void) {
    size_t piece = both.begun;
    struct found *found = &both.found[piece % AHEAD];
    if (piece == both.all || piece >= both.used + AHEAD || found->state == SEARCHED) return 0;
    both.begun++;
    found->piece = piece;
    found->state = SEARCHED;
    const unsigned char *from = both.start + piece * PIECE, *end = both.end;
    const unsigned char *to = (size_t)(end - from) < PIECE ? end : from + PIECE;
    const void *text = both.text;
    size_t text_length = both.text_length, first = both.first, second = both.second, count = 0;
    pthread_mutex_unlock(&both.lock);
    int isComplete = search_part(from, to, end, text, text_length, first, second, from, found->places, ROOM, &count) == to;
    pthread_mutex_lock(&both.lock);
    found->count = (unsigned)count;
    found->state = isComplete ? COMPLETE : TOO_MANY;
    return 1;
}

static void *search_ahead(void *nothing) {
    pthread_mutex_lock(&both.lock);
    for (;;) {
        both.is_searching = 1;
        while (search_next()) continue;
        both.is_searching = 0;
        pthread_cond_signal(&both.rests);
        both.is_asleep = 1;
        while (both.is_asleep) pthread_cond_wait(&both.wakes, &both.lock);
    }
    return nothing;
}

static int has_other(void) {
    if (both.state == UNKNOWN) {
        cpu_set_t processors;
        pthread_t thread;
        both.state = ALONE;
        if (sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) > 1
            && pthread_create(&thread, NULL, search_ahead, NULL) == 0) {
            pthread_detach(thread);
            both.state = TWO;
        }
    }
    return both.state == TWO;
}

/* The lock is held. */
static void end_search(void) {
    both.all = both.begun;
    while (both.is_searching) pthread_cond_wait(&both.rests, &both.lock);
    both.start = both.end = NULL;
}

void clinux_search_end(const void *bytes, size_t length) {
    const unsigned char *start = bytes;
    pthread_mutex_lock(&both.lock);
    if (both.start != NULL && both.start >= start && both.start < start + length) {
        end_search();
        atomic_flag_clear(&both.taken);
    }
    pthread_mutex_unlock(&both.lock);
}

size_t clinux_search_all(const void *bytes, size_t length, size_t following, const void *text, size_t text_length, size_t first,
                         size_t second, unsigned *places, size_t capacity, size_t *searched) {
    const unsigned char *const start = bytes, *const end = start + length;
    const unsigned char *at = start;
    size_t count = 0;
    pthread_mutex_lock(&both.lock);
    int is_ours = both.start != NULL && both.end == end + following && start >= both.start + both.used * PIECE && both.text == text;
    if (!is_ours && length + following >= LEAST && text_length > 0 && !atomic_flag_test_and_set(&both.taken)) {
        is_ours = has_other();
        if (!is_ours) atomic_flag_clear(&both.taken);
        for (int place = 0; place < AHEAD; place++) both.found[place].state = NOTHING;
        both.start = is_ours ? start : NULL;
        both.end = end + following;
        both.text = text;
        both.text_length = text_length;
        both.first = first;
        both.second = second;
        both.used = both.begun = 0;
        both.all = (length + following + PIECE - 1) / PIECE;
    }
    while (is_ours && at < end) {
        size_t piece = (size_t)(at - both.start) / PIECE;
        const unsigned char *from = both.start + piece * PIECE;
        const unsigned char *to = (size_t)(both.end - from) < PIECE ? both.end : from + PIECE;
        struct found *found = &both.found[piece % AHEAD];
        both.used = piece;
        if (both.begun < piece) both.begun = piece;
        /* Half of them at a time, because waking takes longer than searching a piece. */
        if (both.is_asleep && both.begun < both.all && piece + AHEAD / 2 >= both.begun) {
            both.is_asleep = 0;
            pthread_cond_signal(&both.wakes);
        }
        int is_known = found->piece == piece && (found->state == COMPLETE || found->state == TOO_MANY);
        if (!is_known && search_next()) continue;
        const unsigned char *reached = to < end ? to : end;
        if (is_known && found->state == COMPLETE && capacity - count >= found->count) {
            for (unsigned place = 0; place < found->count; place++) {
                const unsigned char *one = from + found->places[place];
                if (one >= at && one < end && (size_t)(end - one) >= text_length) places[count++] = (unsigned)(one - start);
            }
            at = reached;
            continue;
        }
        pthread_mutex_unlock(&both.lock);
        const unsigned char *stop = search_part(at, reached, end, text, text_length, first, second, start, places, capacity, &count);
        pthread_mutex_lock(&both.lock);
        at = stop;
        if (stop != reached) break;
    }
    if (is_ours && following == 0) {
        end_search();
        atomic_flag_clear(&both.taken);
    }
    pthread_mutex_unlock(&both.lock);
    if (!is_ours) at = search_part(start, end, end, text, text_length, first, second, start, places, capacity, &count);
    *searched = (size_t)(at - start);
    return count;
}
