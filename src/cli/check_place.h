/* A temporary place for `muster agent check`: a folder with a repository, and a daemon that works on that folder alone.
 * Blocking; one thread.
 */
#pragma once

#include "adapter/program.h"
#include "cli/cli.h"

typedef struct CheckPlace {
    CliContext cli;       /* talks to the place's daemon */
    const char *program;  /* of the CLI, which agents of the place run; borrowed */
    const char *folder;   /* removed at the end */
    int64_t pid;          /* of the daemon; 0: none runs */
    int pidfd, signal_fd; /* signal_fd: readable once a person has interrupted the check */
    Arena *arena;         /* borrowed */
} CheckPlace;

/* `model_url` NULL: the CLI's own login. On failure the caller still closes it. */
int checkplace_open(const CliContext *c, const AdapterProgram *p, const char *model_url, CheckPlace *ret, Err *e);
/* One call to the place's daemon. */
int checkplace_ask(const CheckPlace *x, const CliQuestion *q, Json **ret, Err *e);
/* Waits; ERR_CONFLICT: a person interrupted the check; ERR_PROCESS: the daemon has ended. */
int checkplace_nap(const CheckPlace *x, int ms, Err *e);
/* Ends the daemon and removes the folder; agents must have been stopped. */
int checkplace_close(CheckPlace *x, Err *e);
