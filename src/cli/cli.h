/* The command line: every operation over the daemon's Unix socket, made from the table, and a few words of its own. */
#pragma once

#include "core/op.h"

typedef struct CliContext {
    const char *home;
    const Op *const *ops; /* NULL-terminated lists */
    const char *version;
} CliContext;

/* words[0] is the operation or the first word of its alias. Exit code: 0, 1 the operation failed, 2 bad usage. */
int cli_run(const CliContext *c, int n, const char *const *words);
void cli_print_operations(const CliContext *c, Buf *out);
/* The operation that the first words name, by its name or its alias, the longest one; NULL: none. */
const Op *cli_find(const CliContext *c, int n, const char *const *words, int *ret_used);
/* Into `out`: one operation's options, or the aliases that begin with the words; false when there is nothing of that name. */
bool cli_print_help(const CliContext *c, int n, const char *const *words, Buf *out);
/* "--help" or "-h". */
bool cli_asks_help(const char *word);
/* `muster help WORD…`; exit code as cli_run. */
int cli_help(const CliContext *c, int n, const char *const *words);
/* `muster open`: prints a fresh start address. */
int cli_open(const CliContext *c);
/* `muster doctor`: checks the installation and says what is wrong. */
int cli_doctor(const CliContext *c);
/* One call and its answer. */
typedef struct CliCall {
    const Op *op;
    const char *target; /* path and query */
    Str body;           /* JSON, may be empty */
    int64_t timeout_ms; /* 0: two minutes */
    int status;         /* out */
    Buf answer;         /* out: JSON; initialised by the caller, owned */
} CliCall;
int cli_call(const CliContext *c, CliCall *call, Err *e);
