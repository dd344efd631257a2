/* What is known about each agent CLI as an installed program: its name for people, how it shows a login, and the versions
 * that the tests run. Constant data; what is on this machine is looked up by the daemon.
 */
#pragma once

#include "adapter/adapter.h"

/* A file of the CLI: `folder` is below the home folder, unless the variable names another one. */
typedef struct AdapterFile {
    const char *variable; /* NULL: none */
    const char *folder, *name;
} AdapterFile;

enum { ADAPTER_FACTS_MAX = 6 };

typedef struct AdapterProgram {
    const char *adapter;
    const char *title;                              /* "Claude Code" */
    const char *login;                              /* the command with which a person logs in */
    const char *keys[ADAPTER_FACTS_MAX];            /* variables of which each is a login */
    AdapterFile logins[ADAPTER_FACTS_MAX];          /* files of which each is a login */
    AdapterFile settings[ADAPTER_FACTS_MAX];        /* files that may lead to one, which only the CLI can tell */
    const char *scripted[ADAPTER_FACTS_MAX];        /* variables that point it at a scripted model: ${url} is
                                                     * its address; none: only its own configuration does */
    bool may_need_none;                             /* it also works without a login that could be found */
    const char *tested_versions[ADAPTER_FACTS_MAX]; /* that the end-to-end tests run, the newest last */
} AdapterProgram;

/* NULL: an adapter that runs any program. */
const AdapterProgram *adapter_program(const Adapter *ad);
