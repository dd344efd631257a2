/* Who listens on the TCP ports of this machine, from /proc (proc(5), "net/tcp"). Blocking, some milliseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTENER_NAME_SIZE = 32, LISTENER_ADDRESS_SIZE = 46 };

typedef struct Listener {
    int64_t pid;                   /* 0: another user's process, or one that has ended */
    char name[LISTENER_NAME_SIZE]; /* its command's name; empty without a pid */
} Listener;

/* False: nobody listens on it, whatever the address. */
bool listener_find(int64_t port, Listener *ret);

typedef struct ListenerPort {
    int64_t port;
    char address[LISTENER_ADDRESS_SIZE]; /* "127.0.0.1", "::" */
    Listener who;
    bool is_apart; /* in another network namespace than ours: nothing outside of that reaches it */
} ListenerPort;

enum { LISTENER_PORTS_MAX = 64 };
/* The ports on which descendants of a process listen, by number and address; at most `max`. A socket that several of them
 * have is the first one's, parents before children. Bounded: 512 processes, 8 namespaces, 4,096 sockets. */
size_t listener_find_beneath(int64_t root, ListenerPort *ret, size_t max);
