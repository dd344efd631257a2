/* What is installed beside Muster, as far as it is known: the program of each adapter. A call only looks at the file
 * system; programs are asked for their version in the background, one at a time, and a new answer is published as
 * system_updated on `app`.
 */
#pragma once

#include "core/op.h"
#include "daemon/login.h"

typedef struct Installed Installed;

#define CLI_INSTALL(F, S)                                                                                             \
    F(S, STR, adapter, .max_bytes = 32, .words = &AdapterName_enum, .doc = "The adapter of its agents")               \
    F(S, STR, name, .max_bytes = 64, .doc = "Its name, as in \"Claude Code\"")                                        \
    F(S, STR, program, .max_bytes = 64, .doc = "The name of its program")                                             \
    F(S, BOOL, found, .doc = "The program is installed")                                                              \
    F(S, STR, path, .opt = 1, .max_bytes = 4096, .doc = "Where")                                                      \
    F(S, STR, version, .opt = 1, .max_bytes = 64, .doc = "The version it reports; absent until it has been asked")    \
    F(S, BOOL, reports_no_version, .opt = 1,                                                                          \
      .doc = "It was asked and reported no version: it may be another program of that name")                          \
    F(S, STRS, tested_versions, .max = ADAPTER_FACTS_MAX, .item_max = 64,                                             \
      .doc = "The versions with which Muster is tested; others usually work too")                                     \
    F(S, BOOL, is_tested, .doc = "The version is one of these")                                                       \
    F(S, STR, not_executable, .opt = 1, .max_bytes = 4096,                                                            \
      .doc = "A file of that name that is there but not executable")                                                  \
    F(S, ENUM(LoginState), login, .doc = "Whether a key or a login was found, as far as files and variables show it") \
    F(S, STR, login_source, .opt = 1, .max_bytes = 4096, .doc = "The variable or the file that shows it")             \
    F(S, STR, login_command, .max_bytes = 200, .doc = "The command with which a person logs in")                      \
    F(S, BOOL, demo_found, .opt = 1,                                                                                  \
      .doc = "Claude Code: a program for the demo's agents was found: this one, or the one that `./dev run --demo` "  \
             "keeps")                                                                                                 \
    F(S, STR, install_command, .max_bytes = 20000,                                                                    \
      .doc = "The command that installs it, or makes the file that is there executable")
SHAPE(CliInstall, CLI_INSTALL);
#define SYSTEM_NEWS(F, S) F(S, OBJ(CliInstall), cli, .doc = "An agent CLI as it is found now")
SHAPE(SystemNews, SYSTEM_NEWS);

/* Needs app->settings and app->samples. */
Installed *installed_new(App *app);
/* After the pools have ended. NULL is fine. */
void installed_free(Installed *i);
/* Worker threads. The adapter's program must have a name of its own. */
void installed_read(Installed *i, const Adapter *ad, Arena *a, CliInstall *ret);
/* Worker threads. The program that agents run: the demo's or a person's own. */
bool installed_find_claude(const Installed *i, bool for_demo, char *out, size_t out_size);
