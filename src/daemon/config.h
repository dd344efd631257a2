/* Start-up options: flags, then MUSTER_* variables, then config.yaml, then defaults; one table (config.c).
 *
 * An option that has no empty value is refused when it is given empty; an empty variable counts as not set.
 * Everything that can change while the daemon is running is a setting in the store instead. Start-up only, one thread.
 */
#pragma once

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define CONFIG_PORT "3001" /* the default */

typedef struct Config {
    const char *home;      /* data folder, absolute */
    bool is_own_home;      /* set explicitly, not the default */
    const char *cache;     /* cache folder, absolute */
    const char *demo_path; /* where `./dev run --demo` keeps an agent CLI; not an option */
    const char *address;   /* loopback only */
    int64_t port;          /* 0 = any free one */
    const char *log, *log_format, *log_file;
    const char *allowed_origins;
    const char *model_url; /* the demo's model; "" = none */
    bool demo;
    const char **words; /* what is not an option, in order */
    int n_words;
} Config;

/* Reads all sources; argv from argv[1] on. ERR_INVALID names the option. Text is allocated in the arena. */
int config_load(int argc, char **argv, Arena *a, Config *ret, Err *e);
/* An annotated config.yaml with every option and its default. */
void config_print_example(Buf *out);
/* The options for the help text: the one of this name, or all of them if it is NULL. */
void config_print_help(const char *only, Buf *out);
