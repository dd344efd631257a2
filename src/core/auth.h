/* Authentication: principals, roles, the token, one-use start codes. Mechanism only; nouns add no rules here. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

typedef struct App App;
typedef struct Auth Auth;
typedef struct HttpRequest HttpRequest;

/* Least first. ROLE_AGENT is the role of a process that descends from a hold: it may call OP_AGENT_MAY rows only. */
typedef enum Role { ROLE_NONE, ROLE_AGENT, ROLE_VIEWER, ROLE_MEMBER, ROLE_OWNER } Role;

/* The only user of a machine without accounts, and their org; created by a migration. */
#define LOCAL_USER "usr_00000000000000000000000000"
#define LOCAL_ORG "org_00000000000000000000000000"

typedef struct Principal {
    Role role;
    char id[40];    /* what rows store: "usr_…", or "lch_…" of a caller below a hold */
    char org[40];   /* "org_…" */
    char owner[64]; /* ROLE_AGENT: whose launch it is: "ag_…" */
    bool is_local;  /* the caller runs on this machine (http_is_local) */
} Principal;
/* "owner" */
const char *auth_role_word(Role r);
/* The local owner, limited to the rights of that role. */
Principal auth_local(Role role);

typedef struct AuthConfig {
    int home_fd;                 /* borrowed until auth_close */
    const char *allowed_origins; /* comma-separated, besides our own */
    int port;                    /* our own origins: http://127.0.0.1:port, localhost, [::1] */
    const char *command;         /* App.command, named in error texts; borrowed until auth_close */
    int64_t (*now_us)(void);     /* NULL: clock_mono_us; tests of expiry set their own */
} AuthConfig;

/* True when `pid` is a living hold or, where `launch` is not empty, when that launch is alive; *ret then receives the
 * principal of its processes. */
typedef bool (*AuthHoldLookup)(void *arg, int64_t pid, Str launch, Principal *ret);

/* Reads or creates <home>/token (32 random bytes, hex, mode 0600; any other mode is corrected). ERR_INVALID names an
 * entry of allowed_origins that is not an origin. `null` is not accepted: every page without an origin sends it.
 *
 * Refused requests are counted by kind. Each kind is logged at most once a minute, with its count and never with the
 * token. */
int auth_open(const AuthConfig *c, Auth **ret, Err *e);
void auth_close(Auth *a);
void auth_set_port(Auth *a, int port);
/* A second port of ours. */
void auth_set_lab_port(Auth *a, int port);
void auth_set_hold_lookup(Auth *a, AuthHoldLookup fn, void *arg);

/* True when `origin` is one of the allowed ones; that of a WebSocket, ws://host:port, is where it begins by HTTP. */
bool auth_allows(const Auth *a, Str origin);
/* True when a page of one of the allowed origins made the request; such a page may also read the answer. */
bool auth_is_allowed_origin(const Auth *a, const HttpRequest *r);
/* Checks Host (ERR_MISDIRECTED), Origin and Sec-Fetch-Site (ERR_FORBIDDEN) of a request over TCP. Over the Unix socket
 * it checks nothing. */
int auth_check_origin(Auth *a, const HttpRequest *r, Err *e);
/* Identifies the caller: over TCP by the bearer token in Authorization, in the subprotocol bearer.<token>, or in
 * ?access_token= from an allowed origin; over the Unix socket by the peer's uid and ancestry. ERR_UNAUTHORIZED;
 * ERR_RATE_LIMITED after many wrong tokens. */
int auth_identify(Auth *a, const HttpRequest *r, Principal *ret, Err *e);
/* The launch of this data folder that a process belongs to by its cgroups, given as /proc/PID/cgroup lists them; empty
 * for none. Orphans stay in their cgroup after their hold is gone. The mark in the environment is not read: a process
 * can make a reader of its environment wait forever. */
Str auth_launch_of_cgroups(const Auth *a, Str cgroups);
/* ERR_FORBIDDEN unless `who` may read what belongs to `owner_id`. An agent may read only its own data. */
int auth_check_own(const Principal *who, Str owner_id, Err *e);
/* A one-use code, valid for 60 s, for the fragment of the start URL; auth_code_redeem exchanges it for the token. */
void auth_code_new(Auth *a, char out[44]);
int auth_code_redeem(Auth *a, Str code, char ret_token[65], Err *e);
