/* Who listens on a TCP port of this machine, from /proc (proc(5), "net/tcp"). Blocking, some milliseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Listener {
    int64_t pid;   /* 0: another user's process, or one that has ended */
    char name[32]; /* its command's name; empty without a pid */
} Listener;

/* False: nobody listens on it, whatever the address. */
bool listener_find(int64_t port, Listener *ret);
