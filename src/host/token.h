/* Tokens that a person has set in the daemon's environment. Each is for one host only: glab sends its own to whatever host it is
 * called for, and which one that is comes from a repository's remote, which an agent may write. */
#pragma once

#include "base/mem.h"
#include "base/str.h"

enum { TOKEN_NAMES_MAX = 7 };

/* The variables whose tokens that host (RemoteUrl.host) may get, in `ret`, which has room for TOKEN_NAMES_MAX; returns their
 * number. They are for github.com and *.ghe.com, for the host of GH_HOST, and for that of GITLAB_HOST, else gitlab.com. */
size_t token_names(Arena *a, Str host, Str *ret);
