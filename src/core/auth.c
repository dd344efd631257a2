/* See auth.h. Loop thread only. */
#define LOG_MODULE "auth"
#include "core/auth.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "net/http.h"
#include "net/ws.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/process.h"

enum {
    HOST_NAMES = 3,
    CODES_MAX = 16,
    CODE_LIFE_MS = 60000,
    WRONG_MAX = 30,
    WRONG_WINDOW_MS = 60000,
    ANCESTORS_MAX = 256,
    WALKS_MAX = 4,
    LOG_EVERY_MS = 60000,
    SHOWN_MAX = 100
};

/* member, log text */
#define REFUSED_LIST(R)                                          \
    R(REFUSED_HOST, "a request for another host")                \
    R(REFUSED_ORIGIN, "a request from another origin")           \
    R(REFUSED_SITE, "a request from a page of another site, to") \
    R(REFUSED_NO_TOKEN, "a request without a token, to")         \
    R(REFUSED_TOKEN, "a wrong token, sent to")                   \
    R(REFUSED_CODE, "a start code that is invalid or no longer valid")

#define REFUSED_MEMBER_(member, text) member,
#define REFUSED_TEXT_(member, text) [member] = text,
typedef enum Refused { REFUSED_LIST(REFUSED_MEMBER_) REFUSED_KINDS } Refused;
static const char *const refused_texts[REFUSED_KINDS] = {REFUSED_LIST(REFUSED_TEXT_)};
#undef REFUSED_MEMBER_
#undef REFUSED_TEXT_

typedef struct Refusals {
    int64_t n;
    int64_t next_us; /* monotonic: no log line before */
} Refusals;

typedef struct StartCode {
    char text[44];
    int64_t expires_us; /* monotonic; 0 = free */
} StartCode;

struct Auth {
    int home_fd; /* borrowed */
    char token[65];
    int port;
    char hosts[2 * HOST_NAMES][24]; /* the loopback names with the port, then with the lab's; empty: none */
    char *allowed_origins;
    const char *command; /* borrowed */
    int64_t (*now_us)(void);
    StartCode codes[CODES_MAX];
    int64_t wrong_since_us;
    int n_wrong;
    Refusals refusals[REFUSED_KINDS];
    AuthHoldLookup hold_lookup;
    void *hold_arg;
};

static int token_make(int home_fd, char out[65], Err *e) {
    uint8_t raw[32];
    random_bytes(raw, sizeof raw);
    digest_hex(raw, sizeof raw, out);
    return file_write_atomic(home_fd, "token", str(out), 0600, e);
}

/* Corrects the mode and logs it: a user who has already read the token still knows it. */
static int token_close(int home_fd, Err *e) {
    struct stat st;
    if (fstatat(home_fd, "token", &st, 0) < 0) return err_sys(e, "the token file");
    if ((st.st_mode & 07777) == 0600) return 0;
    if (fchmodat(home_fd, "token", 0600, 0) < 0) return err_sys(e, "setting the mode of the token file");
    log_warn("the token file had mode %o; it is now 600. Remove the file and restart if others may have read it",
             (unsigned)(st.st_mode & 07777));
    return 0;
}

static int token_read(int home_fd, char out[65], Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    Err missing = {0};
    if (file_read(home_fd, "token", &b, &missing) < 0) {
        if (missing.code == ERR_NOT_FOUND) return token_make(home_fd, out, e);
        return err_fail(e, missing.code, "the token file: %s", missing.text);
    }
    Str t = str_trim(buf_str(&b));
    if (t.n != 64)
        return err_fail(e, ERR_INVALID,
                        "the file `token` in the data folder is not 64 characters long; remove it to get a new one");
    memcpy(out, t.p, 64);
    out[64] = 0;
    return token_close(home_fd, e);
}

static bool is_scheme(Str s) {
    bool is_good = s.n > 0 && ((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z');
    for (size_t i = 1; i < s.n && is_good; i++) {
        char c = s.p[i], lower = (char)(c | 0x20);
        is_good = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    }
    return is_good;
}

/* RFC 6454 section 7.1: scheme, host and an optional port. */
static bool is_origin(Str s) {
    size_t at;
    if (!str_find(s, STR("://"), &at) || !is_scheme(str_upto(s, at))) return false;
    Str host = str_from(s, at + 3);
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] <= ' ' || host.p[i] > '~' || strchr("/?#@*\\\"<>^`{|}", host.p[i])) return false;
    return host.n > 0;
}

static int check_allowed(Str list, Err *e) {
    Str one;
    while (str_split(&list, ',', &one)) {
        one = str_trim(one);
        if (one.n && !is_origin(one))
            return err_fail(e, ERR_INVALID,
                            "allowed-origins: `" STR_FMT "` is not an origin; write it as http://host:port",
                            STR_ARG(str_upto(one, SHOWN_MAX)));
    }
    return 0;
}

int auth_open(const AuthConfig *c, Auth **ret, Err *e) {
    char token[65];
    TRY(check_allowed(str(c->allowed_origins), e));
    TRY(token_read(c->home_fd, token, e));
    Auth *a = mu_new(Auth);
    memcpy(a->token, token, sizeof token);
    a->home_fd = c->home_fd;
    a->now_us = c->now_us ? c->now_us : clock_mono_us;
    a->command = c->command ? c->command : "muster";
    auth_set_port(a, c->port);
    a->allowed_origins = mu_strdup(c->allowed_origins ? c->allowed_origins : "");
    *ret = a;
    return 0;
}

void auth_close(Auth *a) {
    if (!a) return;
    free(a->allowed_origins);
    free(a);
}

static void put_hosts(Auth *a, size_t first, int port) {
    static const char *const names[HOST_NAMES] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < HOST_NAMES; i++)
        snprintf(a->hosts[first + i], sizeof a->hosts[first + i], "%s:%d", names[i], port);
}

void auth_set_port(Auth *a, int port) {
    a->port = port;
    put_hosts(a, 0, port);
}

void auth_set_lab_port(Auth *a, int port) { put_hosts(a, HOST_NAMES, port); }

void auth_set_hold_lookup(Auth *a, AuthHoldLookup fn, void *arg) {
    a->hold_lookup = fn;
    a->hold_arg = arg;
}

/* However often a client is refused, it causes at most one log line a minute. */
static void note_refused(Auth *a, Refused kind, Str shown) {
    Refusals *r = &a->refusals[kind];
    r->n++;
    if (a->now_us() < r->next_us) return;
    r->next_us = a->now_us() + LOG_EVERY_MS * 1000;
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Str plain = text_plain(arena, shown, SHOWN_MAX);
    log_warn("refused %s%s" STR_FMT "%s (%lld since startup)", refused_texts[kind], plain.n ? " `" : "", STR_ARG(plain),
             plain.n ? "`" : "", (long long)r->n);
}

/* True when "name:port" is one of the loopback names with the port of this server. */
static bool is_own_host(const Auth *a, Str host) {
    for (size_t i = 0; i < COUNT_OF(a->hosts); i++)
        if (a->hosts[i][0] && str_ieq(host, str(a->hosts[i]))) return true;
    return false;
}

static bool is_listed(const Auth *a, Str origin) {
    Str rest = str(a->allowed_origins), one;
    while (str_split(&rest, ',', &one))
        if (origin.n && str_ieq(str_trim(one), origin)) return true;
    return false;
}

bool auth_allows(const Auth *a, Str origin) {
    char http[256];
    bool is_socket = str_starts(origin, STR("ws://")) || str_starts(origin, STR("wss://"));
    if (!is_socket) return is_listed(a, origin);
    int n = snprintf(http, sizeof http, "http" STR_FMT, STR_ARG(str_from(origin, 2)));
    return n > 0 && (size_t)n < sizeof http && is_listed(a, str_n(http, (size_t)n));
}

bool auth_is_allowed_origin(const Auth *a, const HttpRequest *r) { return is_listed(a, http_header(r, "origin")); }

static bool is_own_origin(const Auth *a, Str origin) {
    return str_starts(origin, STR("http://")) && is_own_host(a, str_from(origin, 7));
}

/* True when the user followed a link from another site: only the page itself may load. */
static bool is_page_visit(const HttpRequest *r) {
    return str_is(r->method, "GET") && str_is(http_header(r, "sec-fetch-mode"), "navigate") &&
           str_is(http_header(r, "sec-fetch-dest"), "document") && !str_starts(r->path, STR("/api")) &&
           !str_starts(r->path, STR("/ws"));
}

int auth_check_origin(Auth *a, const HttpRequest *r, Err *e) {
    if (r->is_unix) return 0;
    Str host = r->host, origin = http_header(r, "origin"), site = http_header(r, "sec-fetch-site");
    if (!is_own_host(a, host)) {
        note_refused(a, REFUSED_HOST, host);
        return err_fail(e, ERR_MISDIRECTED, "this server does not serve host `" STR_FMT "`; use 127.0.0.1:%d",
                        STR_ARG(str_upto(host, SHOWN_MAX)), a->port);
    }
    bool listed = auth_is_allowed_origin(a, r);
    if (origin.p && !listed && !is_own_origin(a, origin)) {
        note_refused(a, REFUSED_ORIGIN, origin);
        return err_fail(e, ERR_FORBIDDEN, "origin `" STR_FMT "` may not call this server",
                        STR_ARG(str_upto(origin, SHOWN_MAX)));
    }
    bool own_site = !site.p || str_is(site, "same-origin") || str_is(site, "none");
    if (!own_site && !listed && !is_page_visit(r)) {
        note_refused(a, REFUSED_SITE, r->path);
        return err_fail(e, ERR_FORBIDDEN, "a page of another site may not call this server");
    }
    return 0;
}

static bool token_fits(const Auth *a, Str given) { return given.n == 64 && digest_equal(given, str_n(a->token, 64)); }

static int refuse_wrong(Auth *a, const char *what, Err *e) {
    int64_t now = a->now_us();
    if (now - a->wrong_since_us > WRONG_WINDOW_MS * 1000) {
        a->wrong_since_us = now;
        a->n_wrong = 0;
    }
    if (++a->n_wrong > WRONG_MAX) return err_fail(e, ERR_RATE_LIMITED, "too many wrong tokens; wait a minute");
    return err_fail(e, ERR_UNAUTHORIZED, "%s; `%s open` opens a new start URL", what, a->command);
}

static Str bearer_of(const HttpRequest *r) {
    Str h = http_header(r, "authorization");
    if (h.n > 7 && str_ieq(str_upto(h, 7), STR("Bearer "))) return str_trim(str_from(h, 7));
    return ws_offered_with_prefix(r, "bearer.");
}

/* For clients of allowed origins that cannot set a request header. */
static Str query_token(const Auth *a, const HttpRequest *r, Arena *arena) {
    Str q = {0};
    if (auth_is_allowed_origin(a, r)) (void)http_query(r->query, "access_token", arena, &q);
    return q;
}

static bool has_folder(const Auth *a, Str launch) {
    char folder[128];
    snprintf(folder, sizeof folder, "streams/" STR_FMT, STR_ARG(str_upto(launch, 100)));
    return faccessat(a->home_fd, folder, F_OK, 0) == 0;
}

/* True when the process is `muster-hold <a launch folder of this data folder>`. This works before the daemon has
 * connected to the hold, and for a hold of any release. The name decides and not the executable: an upgrade may have
 * replaced the file, and only root can see which file a hold runs. A process that takes the name only loses rights. */
static bool is_own_hold(const Auth *a, int64_t pid) {
    char path[64], text[8192];
    ProcessLook look;
    if (!process_look(pid, &look) || strcmp(look.name, "muster-hold") != 0) return false;
    snprintf(path, sizeof path, "/proc/%lld/cmdline", (long long)pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    Str rest = str_n(text, n > 0 ? (size_t)n : 0), program, launch;
    if (!str_split(&rest, '\0', &program) || !str_split(&rest, '\0', &launch)) return false;
    if (!str_is(path_last(program), "muster-hold") || !path_last(launch).n) return false;
    return has_folder(a, path_last(launch));
}

typedef enum Walk { WALK_TOP, WALK_HOLD, WALK_UNKNOWN_HOLD, WALK_GONE, WALK_TOO_DEEP } Walk;

/* Walks from the peer up to the first hold. A parent of 0 is the top when the process itself exists: it entered this
 * pid namespace from outside. */
static Walk walk_up(const Auth *a, int64_t pid, Principal *ret) {
    for (int i = 0; i < ANCESTORS_MAX; i++) {
        if (pid == 1) return WALK_TOP;
        if (a->hold_lookup && a->hold_lookup(a->hold_arg, pid, (Str){0}, ret)) return WALK_HOLD;
        if (is_own_hold(a, pid)) return WALK_UNKNOWN_HOLD;
        int64_t parent = process_parent(pid);
        if (parent == 0) return process_start_time(pid) ? WALK_TOP : WALK_GONE;
        pid = parent;
    }
    return WALK_TOO_DEEP;
}

Str auth_launch_of_cgroups(const Auth *a, Str cgroups) {
    Str line, one;
    while (cgroups.n && str_split(&cgroups, '\n', &line))
        while (line.n && str_split(&line, '/', &one))
            if (str_starts(one, STR("muster-")) && id_is(str_from(one, 7), "lch") && has_folder(a, str_from(one, 7)))
                return str_from(one, 7);
    return (Str){0};
}

/* No ancestor of the peer is a hold: it is the owner, unless it is in the cgroup of a launch. */
static int identify_by_cgroup(const Auth *a, int64_t pid, Principal *ret, Err *e) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%lld/cgroup", (long long)pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    Str launch = auth_launch_of_cgroups(a, str_n(text, n > 0 ? (size_t)n : 0));
    *ret = auth_local(ROLE_OWNER);
    if (!launch.n || (a->hold_lookup && a->hold_lookup(a->hold_arg, 0, launch, ret))) return 0;
    return err_fail(e, ERR_FORBIDDEN, "the caller belongs to launch " STR_FMT ", which has ended", STR_ARG(launch));
}

/* Over the Unix socket the daemon's own user is the owner, unless the peer descends from a hold. When that cannot be
 * determined, the call is refused, because the peer could be an agent that hides: an ancestor that exits during the
 * walk, a hold that the daemon has not connected to since it started, an endless chain of processes. */
static int identify_peer(const Auth *a, const HttpRequest *r, Principal *ret, Err *e) {
    if (r->peer_uid != (int64_t)getuid() && r->peer_uid != 0)
        return err_fail(e, ERR_FORBIDDEN, "this socket belongs to another user");
    if (r->peer_start == 0 || process_start_time(r->peer_pid) != r->peer_start)
        return err_fail(e, ERR_UNAUTHORIZED, "the process that made this connection has exited");
    Walk w = WALK_GONE;
    for (int i = 0; i < WALKS_MAX && w == WALK_GONE; i++) w = walk_up(a, r->peer_pid, ret);
    switch (w) {
    case WALK_HOLD: return 0;
    case WALK_TOP: return identify_by_cgroup(a, r->peer_pid, ret, e);
    case WALK_UNKNOWN_HOLD:
        return err_fail(e, ERR_BUSY, "the launch that the caller belongs to is still unknown; try again in a second");
    case WALK_GONE: return err_fail(e, ERR_UNAUTHORIZED, "the calling process, or an ancestor of it, has exited");
    case WALK_TOO_DEEP: break;
    }
    return err_fail(e, ERR_UNAUTHORIZED, "the caller has more than %d ancestors", ANCESTORS_MAX);
}

static int identify_token(Auth *a, const HttpRequest *r, Principal *ret, Err *e) {
    CLEANUP(arena_freep) Arena *arena = NULL;
    Str given = bearer_of(r);
    if (!given.n && r->query.n) given = query_token(a, r, arena = arena_new());
    if (!given.n) {
        note_refused(a, REFUSED_NO_TOKEN, r->path);
        return err_fail(e, ERR_UNAUTHORIZED, "a token is required; `%s open` opens a new start URL", a->command);
    }
    if (!token_fits(a, given)) {
        note_refused(a, REFUSED_TOKEN, r->path);
        return refuse_wrong(a, "the token is wrong", e);
    }
    *ret = auth_local(ROLE_OWNER);
    return 0;
}

int auth_identify(Auth *a, const HttpRequest *r, Principal *ret, Err *e) {
    TRY(r->is_unix ? identify_peer(a, r, ret, e) : identify_token(a, r, ret, e));
    ret->is_local = http_is_local(r);
    return 0;
}

const char *auth_role_word(Role r) {
    static const char *const words[] = {[ROLE_NONE] = "none",
                                        [ROLE_AGENT] = "agent",
                                        [ROLE_VIEWER] = "viewer",
                                        [ROLE_MEMBER] = "member",
                                        [ROLE_OWNER] = "owner"};
    return words[r];
}

Principal auth_local(Role role) { return (Principal){.role = role, .id = LOCAL_USER, .org = LOCAL_ORG}; }

int auth_check_own(const Principal *who, Str owner_id, Err *e) {
    if (who->role != ROLE_AGENT || str_is(owner_id, who->owner)) return 0;
    return err_fail(e, ERR_FORBIDDEN, "an agent may read only its own data");
}

void auth_code_new(Auth *a, char out[44]) {
    StartCode *oldest = &a->codes[0];
    for (size_t i = 0; i < CODES_MAX; i++)
        if (a->codes[i].expires_us < oldest->expires_us) oldest = &a->codes[i];
    uint8_t raw[32];
    random_bytes(raw, sizeof raw);
    base64_print(raw, sizeof raw, oldest->text, true);
    oldest->expires_us = a->now_us() + CODE_LIFE_MS * 1000;
    memcpy(out, oldest->text, sizeof oldest->text);
}

int auth_code_redeem(Auth *a, Str code, char ret_token[65], Err *e) {
    int64_t now = a->now_us();
    for (size_t i = 0; i < CODES_MAX; i++) {
        StartCode *c = &a->codes[i];
        if (c->expires_us <= now || !digest_equal(code, str(c->text))) continue;
        *c = (StartCode){0};
        memcpy(ret_token, a->token, 65);
        return 0;
    }
    note_refused(a, REFUSED_CODE, (Str){0});
    return refuse_wrong(a, "this start code was already used or is older than 60 s", e);
}
