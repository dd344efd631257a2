/* What is installed beside Muster, as far as it is known. A call only looks at the file system; a program is asked for
 * its version in the background, once at a time, and its answer is published as system_updated on `app`.
 */
#pragma once

#include "core/op.h"

typedef struct Installed Installed;

#define CLAUDE_INSTALL_COMMAND "npm install -g @anthropic-ai/claude-code"

#define CLI_INSTALL(F, S)                                                                                          \
    F(S, BOOL, found, .doc = "The program is installed")                                                           \
    F(S, STR, path, .opt = 1, .max_bytes = 4096, .doc = "Where")                                                   \
    F(S, STR, version, .opt = 1, .max_bytes = 64, .doc = "The version it reports; absent until it has been asked") \
    F(S, STR, not_executable, .opt = 1, .max_bytes = 4096,                                                         \
      .doc = "A file of that name that is there but not executable")                                               \
    F(S, BOOL, login_found, .doc = "A key or a login was found")                                                   \
    F(S, BOOL, demo_found,                                                                                         \
      .doc = "A program for the demo's agents was found: this one, or the one that `./dev run --demo` keeps")      \
    F(S, STR, install_command, .max_bytes = 20000,                                                                 \
      .doc = "The command that installs it, or makes the file that is there executable")
SHAPE(CliInstall, CLI_INSTALL);
#define SYSTEM_NEWS(F, S) F(S, OBJ(CliInstall), claude, .doc = "The Claude Code CLI as it is found now")
SHAPE(SystemNews, SYSTEM_NEWS);

/* Needs app->settings and app->samples. */
Installed *installed_new(App *app);
/* After the pools have ended. NULL is fine. */
void installed_free(Installed *i);
/* Worker threads. */
void installed_read(Installed *i, Arena *a, CliInstall *ret);
/* Worker threads. The program that agents run: the demo's or a person's own. */
bool installed_find_claude(const Installed *i, bool for_demo, char *out, size_t out_size);
