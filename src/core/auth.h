/* Who calls: principals, roles, the token, one-use start codes. Mechanism only; nouns add no rules here. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

typedef struct App App;
typedef struct Auth Auth;
typedef struct HttpRequest HttpRequest;

/* Least first. ROLE_AGENT is what a process that descends from a hold has: it may call OP_AGENT_MAY rows only. */
typedef enum Role { ROLE_NONE, ROLE_AGENT, ROLE_VIEWER, ROLE_MEMBER, ROLE_OWNER } Role;

/* The one person of a machine without accounts, and their org; made by a migration. */
#define LOCAL_USER "usr_00000000000000000000000000"
#define LOCAL_ORG "org_00000000000000000000000000"

typedef struct Principal {
    Role role;
    char id[40];    /* what rows store: "usr_…", or "lch_…" of a caller below a hold */
    char org[40];   /* "org_…" */
    char owner[64]; /* ROLE_AGENT: whose launch it is: "ag_…" */
} Principal;
/* "owner" */
const char *auth_role_word(Role r);
/* The local owner, with the rights of that role. */
Principal auth_local(Role role);

typedef struct AuthConfig {
    int home_fd;                 /* borrowed until auth_close */
    const char *allowed_origins; /* comma-separated, besides our own */
    int port;                    /* our own origins: http://127.0.0.1:port, localhost, [::1] */
    const char *command;         /* App.command, for refusals that name it; borrowed until auth_close */
    int64_t (*now_us)(void);     /* NULL: clock_mono_us; for tests of what expires */
} AuthConfig;

/* Is `pid` a living hold, or where `launch` is not empty: does that launch live? Then *ret is what its processes may do. */
typedef bool (*AuthHoldLookup)(void *arg, int64_t pid, Str launch, Principal *ret);

/* Reads or makes <home>/token (32 random bytes, hex, mode 0600; another mode is mended). ERR_INVALID names an allowed
 * origin that is none: `null` is what every page without an origin sends.
 *
 * What is refused is counted by its kind, and each kind is logged at most once a minute, with its count and never with
 * the token. */
int auth_open(const AuthConfig *c, Auth **ret, Err *e);
void auth_close(Auth *a);
void auth_set_port(Auth *a, int port);
void auth_set_hold_lookup(Auth *a, AuthHoldLookup fn, void *arg);

/* Did a page of one of the allowed origins make it? Then it may also read the answer. */
bool auth_is_allowed_origin(const Auth *a, const HttpRequest *r);
/* Host (ERR_MISDIRECTED), Origin and Sec-Fetch-Site (ERR_FORBIDDEN) of a request over TCP; nothing over Unix. */
int auth_check_origin(Auth *a, const HttpRequest *r, Err *e);
/* Bearer token in Authorization, the subprotocol bearer.<token>, or ?access_token= from an allowed origin; over
 * the Unix socket the peer's uid and ancestry. ERR_UNAUTHORIZED, ERR_RATE_LIMITED after many wrong tokens. */
int auth_identify(Auth *a, const HttpRequest *r, Principal *ret, Err *e);
/* The launch of ours that a process belongs to by its cgroups, as /proc/PID/cgroup lists them; empty for none. Orphans sit there
 * still when their hold is gone. The mark in their environment is not read: a process can make whoever reads that wait for
 * ever. */
Str auth_launch_of_cgroups(const Auth *a, Str cgroups);
/* May it read what belongs to `owner_id`? An agent only what is its own. ERR_FORBIDDEN. */
int auth_check_own(const Principal *who, Str owner_id, Err *e);
/* A one-use code of 60 s, for the fragment of the start URL; and its exchange for the token. */
void auth_code_new(Auth *a, char out[44]);
int auth_code_redeem(Auth *a, Str code, char ret_token[65], Err *e);
