/* See guard.h: the handler maps zeros over the memory that is gone, so that the access is repeated and succeeds; nothing is
 * unwound. Any other SIGBUS is a fault of the eye and ends it. */
#include "eye/guard.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

static struct {
    uint8_t *volatile at;
    volatile size_t n;
    volatile bool was_hit;
} guarded;

static void on_sigbus(int signal, siginfo_t *info, void *context) {
    (void)context;
    uint8_t *address = info->si_addr;
    bool is_ours = guarded.at && address >= guarded.at && address < guarded.at + guarded.n;
    if (is_ours &&
        mmap(guarded.at, guarded.n, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
        guarded.was_hit = true;
        return;
    }
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(signal, &usual, NULL); /* the access is repeated and ends the process */
}

void guard_init(void) {
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGBUS, &action, NULL);
}

bool guard_run(void *at, size_t n, void (*fn)(void *arg), void *arg) {
    guarded.was_hit = false;
    guarded.n = n;
    guarded.at = at;
    fn(arg);
    guarded.at = NULL;
    return !guarded.was_hit;
}
