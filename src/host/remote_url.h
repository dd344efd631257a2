/* Addresses of git remotes, as gitfetch(1), "GIT URLS", describes them, and the hosts that they name. Pure; any thread. */
#pragma once

#include <stdbool.h>

#include "base/enum.h"
#include "base/str.h"

typedef struct Arena Arena;

#define HOST_KIND_WORDS(W)   \
    W(HOST_GITHUB, "github") \
    W(HOST_GITLAB, "gitlab") \
    W(HOST_UNKNOWN, "unknown")
ENUM_DECLARE(HostKind, HOST_KIND_WORDS);

enum { REMOTE_HOST_MAX = 253, REMOTE_PROJECT_MAX = 512 };

/* A repository on a host. Its text is safe in a URL: letters, digits, and of the rest only `.`, `-` and `_`; in `host` also
 * the colon before a port, in `project` the slashes between its parts. */
typedef struct RemoteUrl {
    Str host;    /* "github.com", lower case; with ":8443" if the address says http(s) and a port of its own */
    Str project; /* "owner/name", or more parts; without ".git" */
} RemoteUrl;

/* False: the address is a path on this machine, or names no repository on a host. */
bool remote_url_parse(Arena *a, Str url, RemoteUrl *ret);

/* Which service a host runs, as its name says: github.com and gitlab.com, and hosts one of whose labels is, or begins with,
 * the name of a service. */
HostKind remote_host_kind(Str host);
