/* `attack outside` tries everything once, and `attack eat` takes much memory: these are the control. Without an argument the program acts
 * as the service trustd, and waits for orders in position/order; when it has removed the order, the result is in position/answer.
 *
 *     attempts | plant KIND FINGERPRINT | race FINGERPRINT | calm | litter | lie | eat | processes */
#include "attack.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

static pid_t racer;
/* Counted by the racer, in shared memory. */
static volatile unsigned long *turns;

int target(const char *name) {
    FILE *file = fopen(POSITION "/targets", "re");
    char word[32];
    int pid, found = 0;
    if (file == NULL) return 0;
    while (fscanf(file, "%31s %d", word, &pid) == 2)
        if (strcmp(word, name) == 0) found = pid;
    fclose(file);
    return found;
}

/* An attempt may change its process or end it, so each has a process of its own. A program that was executed reports nothing, so the
 * result goes through shared memory; the unit forbids pipes too. */
static void try_one(const struct attempt *attempt, FILE *answer) {
    int *failure = mmap(NULL, sizeof *failure, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), status = 0;
    if (failure == MAP_FAILED) return (void)fprintf(answer, "broken\t%s\tno memory: %s\n", attempt->name, strerror(errno));
    fflush(answer);
    pid_t child = fork();
    if (child < 0) return (void)fprintf(answer, "broken\t%s\tno process: %s\n", attempt->name, strerror(errno));
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int number = 0; number < 3; number++) dup2(null, number);
        errno = 0;
        int outcome = attempt->function(attempt->argument);
        *failure = outcome == 0 ? 0 : errno != 0 ? errno : EINVAL;
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(answer, "failed\t%s\tended by signal %d\n", attempt->name, WTERMSIG(status));
    else if (*failure != 0)
        fprintf(answer, "failed\t%s\t%s\n", attempt->name, strerror(*failure));
    else
        fprintf(answer, "succeeded\t%s\t\n", attempt->name);
    munmap(failure, sizeof *failure);
}

static void try_all(FILE *answer) {
    const struct attempt *lists[] = {attempts_to_write, attempts_to_see, attempts_to_reach, attempts_to_rise, attempts_to_run};
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (const struct attempt *attempt = lists[list]; attempt->name != NULL; attempt++) try_one(attempt, answer);
}

/* Twice what MemoryMax allows, used and not only reserved. */
static void eat(void) {
    for (size_t part = 0; part < 256; part++) {
        char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return;
        memset(memory, 1, 1 << 20);
    }
}

/* How many processes it may have beside itself. */
static int count_processes(void) {
    int count = 0;
    while (count < 100) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        if (child < 0) break;
        count++;
    }
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    signal(SIGTERM, SIG_DFL);
    while (wait(NULL) > 0) {}
    return count;
}

static int litter(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file >= 0) close(file);
    return file < 0 ? -1 : 0;
}

static void obey(const char *order, FILE *answer) {
    char kind[64] = "", fingerprint[80] = "";
    if (strcmp(order, "attempts") == 0)
        try_all(answer);
    else if (strcmp(order, "eat") == 0) {
        /* Removed first: a restarted attacker would get the same order again. */
        unlink(POSITION "/order");
        eat();
        fprintf(answer, "not killed\n");
    } else if (strcmp(order, "litter") == 0)
        fprintf(answer, "%s\n", litter("/tmp/attack-litter") == 0 && litter("/var/tmp/attack-litter") == 0 ? "left" : strerror(errno));
    else if (strcmp(order, "lie") == 0)
        fprintf(answer, "%s\n", sd_notifyf(0, "MAINPID=%d", target("exim")) > 0 ? "said" : "not said");
    else if (strcmp(order, "processes") == 0)
        fprintf(answer, "%d\n", count_processes());
    else if (sscanf(order, "plant %63s %79s", kind, fingerprint) == 2)
        fprintf(answer, "%s\n", plant(kind, fingerprint) == 0 ? "planted" : strerror(errno));
    else if (sscanf(order, "race %79s", fingerprint) == 1) {
        if (turns == NULL) turns = mmap(NULL, sizeof *turns, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (turns == MAP_FAILED) turns = NULL;
        if (turns != NULL) *turns = 0;
        racer = turns != NULL ? fork() : -1;
        if (racer == 0) exchange_for_ever(fingerprint, turns);
        fprintf(answer, "%s\n", racer > 0 ? "racing" : strerror(errno));
    } else if (strcmp(order, "calm") == 0) {
        if (racer > 0) {
            kill(racer, SIGKILL);
            waitpid(racer, NULL, 0);
        }
        racer = 0;
        clear_queue();
        fprintf(answer, "%lu\n", turns != NULL ? *turns : 0);
    }
}

int main(int count, char **arguments) {
    signal(SIGXFSZ, SIG_IGN);
    if (count > 1 && strcmp(arguments[1], "outside") == 0) {
        try_all(stdout);
        return 0;
    }
    if (count > 1 && strcmp(arguments[1], "eat") == 0) eat();
    /* A copy that was executed ends here too. */
    if (count > 1) return 0;
    sd_notify(0, "READY=1\nSTATUS=in the place of trustd");
    for (;; usleep(10000)) {
        sd_notify(0, "WATCHDOG=1");
        char order[256];
        FILE *file = fopen(POSITION "/order", "re");
        if (file == NULL) continue;
        char *line = fgets(order, sizeof order, file);
        fclose(file);
        if (line == NULL) continue;
        order[strcspn(order, "\n")] = 0;
        FILE *answer = fopen(POSITION "/answer", "we");
        if (answer == NULL) continue;
        obey(order, answer);
        fclose(answer);
        unlink(POSITION "/order");
    }
}
