/* Cloning over https or ssh, as the person: with their configuration and credentials, and without submodules; nobody is asked
 * for anything. */
#pragma once

#include "base/enum.h"
#include "git/git.h"

enum { CLONE_URL_MAX = 2048, CLONE_NAME_MAX = 200, CLONE_TAIL_MAX = 2048 };

/* An address as git takes it (git-clone(1), "GIT URLS"). */
typedef struct CloneUrl {
    Str host; /* for messages: without a user, with its port */
    Str name; /* of the folder that git would make; {NULL,0}: the address has none that can be a folder's */
} CloneUrl;
/* ERR_INVALID with the detail `url`, which does not repeat the address: it is not one of https or ssh, or it contains
 * credentials, which would be stored in the clone. Pure; any thread. */
int clone_url_parse(Arena *a, Str url, CloneUrl *ret, Err *e);

#define CLONE_STEP_WORDS(W)        \
    W(CLONE_CONNECT, "connect")    \
    W(CLONE_COUNT, "count")        \
    W(CLONE_COMPRESS, "compress")  \
    W(CLONE_RECEIVE, "receive")    \
    W(CLONE_RESOLVE, "resolve")    \
    W(CLONE_CHECK_OUT, "checkout") \
    W(CLONE_OPEN, "open") /* git has ended */
ENUM_DECLARE(CloneStep, CLONE_STEP_WORDS);

/* What git's messages have said so far. Zero-initialised is valid. Pure; one thread at a time. */
enum { CLONE_LINES = 8, CLONE_LINE_MAX = 200 };
typedef struct CloneLines {
    CloneStep step;
    int64_t done, total; /* of the step; total 0: not known */
    char lines[CLONE_LINES][CLONE_LINE_MAX];
    size_t n_of[CLONE_LINES], n; /* bytes of each, and how many there are, the oldest first */
    bool is_replaced;            /* the next line takes the place of the last one, as in a terminal */
    char now[CLONE_LINE_MAX];    /* the line that has not ended */
    size_t now_n;
} CloneLines;
void clone_lines_take(CloneLines *l, Str piece);
/* The newest lines, printable text of at most CLONE_TAIL_MAX bytes. */
Str clone_lines_tail(const CloneLines *l, Arena *a);

typedef struct GitClone {
    Str url;            /* one that clone_url_parse takes */
    int64_t silence_ms; /* git is ended if nothing is heard of it for so long */
    void (*on_progress)(void *arg, const CloneLines *l, bool is_end); /* on this thread; also after a second's pause */
    void *arg;
} GitClone;
/* Clones into the handle's folder, which is empty. On failure the folder may contain anything. Errors as git_user_act;
 * ERR_TIMEOUT: it was silent, or took longer than half a day. */
int git_clone(const Git *g, const GitClone *c, Err *e);
