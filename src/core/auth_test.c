/* Authentication: hosts and origins, the token, start codes, and processes below a hold. */
#include "core/auth.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/http.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/process.h"

enum { PORT = 3001, SECOND_US = 1000000 };

static int64_t now_us;
static int64_t test_now(void) { return now_us; }

typedef struct Bench {
    char dir[300];
    int fd;
    Auth *auth;
    char token[65];
} Bench;

static void read_token(Bench *b) {
    Buf text;
    Err e = {0};
    buf_init(&text, 1000);
    CHECK_OK(file_read(b->fd, "token", &text, &e), e);
    CHECK_I64(text.n, 64);
    memcpy(b->token, text.p, 64);
    b->token[64] = 0;
    buf_done(&text);
}

static void open_bench(Bench *b) {
    static int n;
    Err e = {0};
    *b = (Bench){0};
    now_us = 1000 * (int64_t)SECOND_US;
    snprintf(b->dir, sizeof b->dir, "%s/auth-%d", test_dir(), n++);
    CHECK_OK(file_mkdirs(b->dir, 0700, &e), e);
    b->fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AuthConfig c = {.home_fd = b->fd,
                    .allowed_origins = "https://one.example, http://127.0.0.1:5173",
                    .port = PORT,
                    .now_us = test_now};
    CHECK_OK(auth_open(&c, &b->auth, &e), e);
    read_token(b);
}

static void close_bench(Bench *b) {
    auth_close(b->auth);
    close(b->fd);
}

/* A request over TCP with the given "name: value" lines. */
typedef struct Asked {
    HttpHeader headers[8];
    HttpRequest r;
} Asked;

static HttpRequest *ask(Asked *a, const char *lines) {
    Str rest = str(lines), line, name;
    *a = (Asked){
        .r = {.method = STR("GET"), .path = STR("/api/agents"), .headers = a->headers, .peer_pid = -1, .peer_uid = -1}};
    while (str_split(&rest, '\n', &line)) {
        if (!line.n || !str_split(&line, ':', &name)) continue;
        a->headers[a->r.n_headers++] = (HttpHeader){name, str_trim(line)};
    }
    a->r.host = http_header(&a->r, "host");
    return &a->r;
}

/* ---- host and origin ---- */

#define OURS "host: 127.0.0.1:3001\n"

TEST(host_origin_and_site_decide_which_requests_are_accepted) {
    static const struct {
        const char *headers;
        int want; /* 0 or an ErrCode */
    } rows[] = {
        {OURS, 0},
        {"host: localhost:3001", 0},
        {"host: LocalHost:3001", 0},
        {"host: [::1]:3001", 0},
        {"", ERR_MISDIRECTED},
        {"host: 127.0.0.1", ERR_MISDIRECTED},
        {"host: 127.0.0.1:3002", ERR_MISDIRECTED},
        {"host: 127.0.0.1:30011", ERR_MISDIRECTED},
        {"host: evil.example:3001", ERR_MISDIRECTED}, /* DNS rebinding */
        {"host: 127.0.0.1.evil.example:3001", ERR_MISDIRECTED},
        {OURS "origin: http://127.0.0.1:3001", 0},
        {OURS "origin: http://localhost:3001", 0},
        {OURS "origin: https://127.0.0.1:3001", ERR_FORBIDDEN},
        {OURS "origin: http://127.0.0.1:8080", ERR_FORBIDDEN}, /* a dev server that an agent started */
        {OURS "origin: null", ERR_FORBIDDEN},
        {OURS "origin: ", ERR_FORBIDDEN},
        {OURS "origin: http://127.0.0.1:3001.evil.example", ERR_FORBIDDEN},
        {OURS "origin: http://evil.example", ERR_FORBIDDEN},
        {OURS "origin: https://one.example", 0},
        {OURS "origin: https://one.example.evil", ERR_FORBIDDEN},
        {OURS "origin: http://one.example", ERR_FORBIDDEN},
        {OURS "origin: http://127.0.0.1:5173", 0},
        {OURS "sec-fetch-site: same-origin", 0},
        {OURS "sec-fetch-site: none", 0},
        {OURS "sec-fetch-site: same-site", ERR_FORBIDDEN},
        {OURS "sec-fetch-site: cross-site", ERR_FORBIDDEN}, /* no-cors: no Origin comes with a GET */
        {OURS "origin: https://one.example\nsec-fetch-site: cross-site", 0},
        {OURS "sec-fetch-site: cross-site\nsec-fetch-mode: navigate\nsec-fetch-dest: document", ERR_FORBIDDEN},
    };
    Bench b;
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Asked a;
        Err e = {0};
        int r = auth_check_origin(b.auth, ask(&a, rows[i].headers), &e);
        if (r != -rows[i].want) test_fail(__FILE__, __LINE__, "%s: %d %s", rows[i].headers, r, e.text);
    }
    close_bench(&b);
}

TEST(a_link_from_another_site_may_open_only_the_page) {
    static const struct {
        const char *method, *path, *more;
        int want;
    } rows[] = {
        {"GET", "/", "sec-fetch-mode: navigate\nsec-fetch-dest: document", 0},
        {"GET", "/agents/1", "sec-fetch-mode: navigate\nsec-fetch-dest: document", 0},
        {"GET", "/", "sec-fetch-mode: no-cors\nsec-fetch-dest: image", ERR_FORBIDDEN},
        {"GET", "/", "sec-fetch-mode: navigate\nsec-fetch-dest: iframe", ERR_FORBIDDEN},
        {"POST", "/", "sec-fetch-mode: navigate\nsec-fetch-dest: document", ERR_FORBIDDEN},
        {"GET", "/api/health", "sec-fetch-mode: navigate\nsec-fetch-dest: document", ERR_FORBIDDEN},
        {"GET", "/ws", "sec-fetch-mode: navigate\nsec-fetch-dest: document", ERR_FORBIDDEN},
    };
    Bench b;
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Asked a;
        Err e = {0};
        char lines[300];
        snprintf(lines, sizeof lines, OURS "sec-fetch-site: cross-site\n%s", rows[i].more);
        ask(&a, lines);
        a.r.method = str(rows[i].method);
        a.r.path = str(rows[i].path);
        CHECK_I64(auth_check_origin(b.auth, &a.r, &e), -rows[i].want);
    }
    close_bench(&b);
}

TEST(the_actual_port_counts) {
    Bench b;
    Asked a;
    open_bench(&b);
    auth_set_port(b.auth, 4000);
    CHECK_I64(auth_check_origin(b.auth, ask(&a, OURS), NULL), -ERR_MISDIRECTED);
    CHECK_I64(auth_check_origin(b.auth, ask(&a, "host: 127.0.0.1:4000\norigin: http://localhost:4000"), NULL), 0);
    close_bench(&b);
}

TEST(only_valid_origins_can_be_allowed) {
    static const char *const bad[] = {"null",
                                      "*",
                                      "one.example",
                                      "http://",
                                      "://one.example",
                                      "http://one.example/",
                                      "http://a@one.example",
                                      "https://one.example, null",
                                      "http://one example",
                                      "1a://b"};
    static const char *const good[] = {
        "", " ", "http://one.example,", "https://one.example:8443", "tauri://localhost", "http://[::1]:5173"};
    Bench b;
    open_bench(&b);
    AuthConfig c = {.home_fd = b.fd, .port = PORT};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Auth *none = NULL;
        Err e = {0};
        c.allowed_origins = bad[i];
        CHECK_ERR(auth_open(&c, &none, &e), e, ERR_INVALID);
        CHECK(str_find(str(e.text), STR("allowed-origins"), &(size_t){0}));
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        Auth *some = NULL;
        Err e = {0};
        c.allowed_origins = good[i];
        CHECK_OK(auth_open(&c, &some, &e), e);
        auth_close(some);
    }
    close_bench(&b);
}

TEST(an_origin_is_allowed_as_it_is_listed_for_pages_and_for_sockets) {
    static const struct {
        const char *origin;
        bool is_allowed;
    } cases[] = {{"https://one.example", true},
                 {"wss://one.example", true},
                 {"ws://127.0.0.1:5173", true},
                 {"http://127.0.0.1:5173", true},
                 {"ws://one.example", false},
                 {"http://127.0.0.1:517", false},
                 {"http://127.0.0.1:5173; script-src *", false},
                 {"*", false},
                 {"", false}};
    Bench b;
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK(auth_allows(b.auth, str(cases[i].origin)) == cases[i].is_allowed);
    close_bench(&b);
}

/* ---- the log ---- */

static size_t count_of(Str text, const char *what) {
    size_t n = 0, at;
    for (; str_find(text, str(what), &at); n++) text = str_from(text, at + strlen(what));
    return n;
}

TEST(refusals_are_logged_once_a_minute_with_their_count) {
    Bench b;
    Asked a;
    Err e = {0};
    CLEANUP(buf_done) Buf log;
    open_bench(&b);
    CLEANUP(arena_freep) Arena *arena = arena_new();
    const char *path = arena_fmt(arena, "%s/refused.log", b.dir).p;
    CHECK_OK(log_open(&(LogConfig){.levels = "info", .path = path}, &e), e);
    for (int minute = 0; minute < 2; minute++, now_us += 61 * (int64_t)SECOND_US) {
        for (int i = 0; i < 50; i++) {
            CHECK_I64(auth_check_origin(b.auth, ask(&a, "host: evil.example"), NULL), -ERR_MISDIRECTED);
            CHECK_I64(auth_check_origin(b.auth, ask(&a, OURS "origin: http://evil\033.example"), NULL), -ERR_FORBIDDEN);
            CHECK_I64(
                auth_identify(b.auth, ask(&a, OURS "authorization: Bearer guess-of-mine"), &(Principal){0}, NULL) < 0,
                1);
        }
    }
    log_close();
    buf_init(&log, 64 << 10);
    CHECK_OK(file_read(AT_FDCWD, path, &log, &e), e);
    Str said = buf_str(&log);
    CHECK_I64(count_of(said, "refused a request for another host `evil.example` (1 since startup)"), 1);
    CHECK_I64(count_of(said, "refused a request for another host `evil.example` (51 since startup)"), 1);
    CHECK_I64(count_of(said, "refused a request from another origin `http://evil?.example` ("), 2);
    CHECK_I64(count_of(said, "refused a wrong token, sent to `/api/agents` ("), 2);
    CHECK_I64(count_of(said, "refused"), 6);
    CHECK_I64(count_of(said, "guess-of-mine"), 0);
    close_bench(&b);
}

/* ---- the token ---- */

TEST(the_token_is_made_once_and_private) {
    Bench b;
    struct stat st;
    Err e = {0};
    Auth *again = NULL;
    open_bench(&b);
    CHECK(fstatat(b.fd, "token", &st, 0) == 0);
    CHECK_I64(st.st_mode & 07777, 0600);
    CHECK_I64(strspn(b.token, "0123456789abcdef"), 64);
    char before[65];
    memcpy(before, b.token, sizeof before);
    CHECK(fchmodat(b.fd, "token", 0644, 0) == 0);
    CHECK_OK(auth_open(&(AuthConfig){.home_fd = b.fd, .port = PORT}, &again, &e), e);
    read_token(&b);
    CHECK_STR(str(b.token), before);
    CHECK(fstatat(b.fd, "token", &st, 0) == 0);
    CHECK_I64(st.st_mode & 07777, 0600);
    auth_close(again);
    CHECK_OK(file_write_atomic(b.fd, "token", STR("short"), 0600, &e), e);
    CHECK_ERR(auth_open(&(AuthConfig){.home_fd = b.fd, .port = PORT}, &again, &e), e, ERR_INVALID);
    close_bench(&b);
}

static int identify(Bench *b, const char *fmt, const char *query) {
    Asked a;
    char lines[600];
    Principal who = {0};
    snprintf(lines, sizeof lines, fmt, b->token);
    ask(&a, lines);
    a.r.query = str(query);
    int r = auth_identify(b->auth, &a.r, &who, NULL);
    CHECK_I64(who.role, r < 0 ? ROLE_NONE : ROLE_OWNER);
    return r;
}

TEST(a_token_is_accepted_only_where_no_page_can_set_it) {
    Bench b;
    char query[100];
    open_bench(&b);
    snprintf(query, sizeof query, "a=1&access_token=%s", b.token);
    CHECK_I64(identify(&b, "authorization: Bearer %s", NULL), 0);
    CHECK_I64(identify(&b, "authorization: bearer %s", NULL), 0);
    CHECK_I64(identify(&b, "sec-websocket-protocol: muster.v1, bearer.%s", NULL), 0);
    CHECK_I64(identify(&b, "authorization: Basic %s", NULL), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "authorization: %s", NULL), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "authorization: Bearer %sx", NULL), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "authorization: Bearer ", NULL), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "cookie: token=%s", NULL), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "x: y", query), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "origin: http://127.0.0.1:3001", query), -ERR_UNAUTHORIZED);
    CHECK_I64(identify(&b, "origin: https://one.example", query), 0);
    snprintf(query, sizeof query, "access_token=x&access_token=%.64s", b.token);
    CHECK_I64(identify(&b, "origin: https://one.example", query), -ERR_UNAUTHORIZED);
    close_bench(&b);
}

TEST(guessing_is_slowed_down_and_the_right_token_always_passes) {
    static const char wrong[] =
        "authorization: Bearer 0000000000000000000000000000000000000000000000000000000000000000";
    Bench b;
    open_bench(&b);
    for (int i = 0; i < 30; i++) CHECK_I64(identify(&b, wrong, NULL), -ERR_UNAUTHORIZED);
    for (int i = 0; i < 3; i++) CHECK_I64(identify(&b, wrong, NULL), -ERR_RATE_LIMITED);
    CHECK_I64(identify(&b, "authorization: Bearer %s", NULL), 0);
    now_us += 61 * (int64_t)SECOND_US;
    CHECK_I64(identify(&b, wrong, NULL), -ERR_UNAUTHORIZED);
    close_bench(&b);
}

/* ---- start codes ---- */

TEST(a_start_code_is_valid_once_and_for_a_minute) {
    Bench b;
    char code[44], token[65];
    Err e = {0};
    open_bench(&b);
    auth_code_new(b.auth, code);
    CHECK_I64(strlen(code), 43);
    now_us += 59 * (int64_t)SECOND_US;
    CHECK_OK(auth_code_redeem(b.auth, str(code), token, &e), e);
    CHECK_STR(str(token), b.token);
    CHECK_ERR(auth_code_redeem(b.auth, str(code), token, &e), e, ERR_UNAUTHORIZED);
    auth_code_new(b.auth, code);
    now_us += 60 * (int64_t)SECOND_US;
    CHECK_ERR(auth_code_redeem(b.auth, str(code), token, &e), e, ERR_UNAUTHORIZED);
    CHECK_ERR(auth_code_redeem(b.auth, STR(""), token, &e), e, ERR_UNAUTHORIZED);
    close_bench(&b);
}

TEST(a_new_code_replaces_the_oldest_one) {
    Bench b;
    char codes[17][44], token[65];
    open_bench(&b);
    for (int i = 0; i < 17; i++, now_us += SECOND_US) auth_code_new(b.auth, codes[i]);
    CHECK_I64(auth_code_redeem(b.auth, str(codes[0]), token, NULL), -ERR_UNAUTHORIZED);
    for (int i = 1; i < 17; i++) CHECK_I64(auth_code_redeem(b.auth, str(codes[i]), token, NULL), 0);
    close_bench(&b);
}

TEST(guessed_codes_count_as_guessed_tokens) {
    Bench b;
    char code[44], token[65];
    open_bench(&b);
    auth_code_new(b.auth, code);
    for (int i = 0; i < 30; i++) CHECK_I64(auth_code_redeem(b.auth, STR("x"), token, NULL), -ERR_UNAUTHORIZED);
    CHECK_I64(auth_code_redeem(b.auth, STR("x"), token, NULL), -ERR_RATE_LIMITED);
    CHECK_I64(auth_code_redeem(b.auth, str(code), token, NULL), 0);
    close_bench(&b);
}

/* ---- the Unix socket ---- */

static int64_t hold_pid;
static bool look_up(void *arg UNUSED, int64_t pid, Str launch UNUSED, Principal *ret) {
    if (pid != hold_pid) return false;
    *ret = (Principal){.role = ROLE_AGENT, .owner = "ag_1"};
    return true;
}

static int identify_peer(Bench *b, int64_t pid, int64_t uid, Principal *who) {
    static uint64_t start; /* as it was when the connection was made */
    if (process_start_time(pid)) start = process_start_time(pid);
    HttpRequest r = {.is_unix = true, .peer_pid = pid, .peer_uid = uid, .peer_start = start};
    return auth_identify(b->auth, &r, who, NULL);
}

TEST(a_peer_is_the_owner_unless_it_descends_from_a_hold) {
    Bench b;
    Principal who = {0};
    open_bench(&b);
    auth_set_hold_lookup(b.auth, look_up, NULL);
    hold_pid = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(10); /* in case a check fails and nothing kills it */
        pause();
        _exit(0);
    }
    CHECK_I64(identify_peer(&b, child, getuid(), &who), 0);
    CHECK_I64(who.role, ROLE_OWNER);
    hold_pid = getpid();
    CHECK_I64(identify_peer(&b, child, getuid(), &who), 0);
    CHECK_I64(who.role, ROLE_AGENT);
    CHECK_STR(str(who.owner), "ag_1");
    CHECK_I64(identify_peer(&b, child, getuid() + 1, &who), -ERR_FORBIDDEN);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    hold_pid = 0;
    CHECK_I64(identify_peer(&b, child, getuid(), &who), -ERR_UNAUTHORIZED);
    close_bench(&b);
}

/* Starts the shell under that name with the script streams/<launch> of the home as its argument; returns its child
 * process, whose pid the script writes. */
static pid_t start_below(const char *home, const char *program, const char *launch, pid_t *ret_parent) {
    char script[600], note[600], text[32] = {0};
    snprintf(script, sizeof script, "%s/streams/%s", home, launch);
    snprintf(note, sizeof note, "%s.pid", script);
    *ret_parent = fork();
    if (*ret_parent == 0) {
        execl(program, program, script, (char *)NULL);
        _exit(126);
    }
    CLEANUP(fd_closep) int fd = -1;
    while ((fd < 0 && (fd = open(note, O_RDONLY | O_CLOEXEC)) < 0) || pread(fd, text, sizeof text - 1, 0) <= 0 ||
           !strchr(text, '\n'))
        CHECK(waitpid(*ret_parent, NULL, WNOHANG) == 0);
    int64_t pid;
    CHECK(unlink(note) == 0 && str_parse_i64(str_trim(str(text)), 1, INT32_MAX, &pid));
    return (pid_t)pid;
}

/* A hold of any release: its executable is not compared, because an upgrade may have replaced it. */
TEST(a_peer_below_an_unknown_hold_is_refused) {
    static const struct {
        const char *program, *launch;
        int want;
    } cases[] = {
        {"muster-hold", "lch_ours", -ERR_BUSY}, {"muster-hold", "../lch_theirs", 0}, {"another", "lch_ours", 0}};
    static const char text[] = "sleep 1000 & echo $! >$0.pid; wait\n";
    Bench b;
    Principal who;
    Err e = {0};
    char program[600];
    open_bench(&b);
    CHECK(mkdirat(b.fd, "streams", 0700) == 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char script[64];
        pid_t parent;
        snprintf(script, sizeof script, "streams/%s", cases[i].launch);
        CHECK_OK(file_write_atomic(b.fd, script, str(text), 0600, &e), e);
        snprintf(program, sizeof program, "%s/%s", b.dir, cases[i].program);
        CHECK(symlink("/bin/sh", program) == 0);
        pid_t peer = start_below(b.dir, program, cases[i].launch, &parent);
        CHECK_I64(identify_peer(&b, peer, getuid(), &who), cases[i].want);
        kill(peer, SIGKILL);
        CHECK(waitpid(parent, NULL, 0) == parent && unlink(program) == 0);
    }
    close_bench(&b);
}

TEST(a_process_in_the_cgroup_of_a_launch_of_this_home_belongs_to_it) {
#define LAUNCH "lch_01arz3ndektsv4rrffq69g5faa"
    static const struct {
        const char *cgroups;
        bool is_ours;
    } cases[] = {{"0::/user.slice/muster-" LAUNCH "\n", true},
                 {"1:cpu:/\n0::/a/muster-" LAUNCH "/nested\n", true},
                 {"0::/muster-lch_01arz3ndektsv4rrffq69g5fbb/muster-" LAUNCH "\n", true}, /* inside another Muster's */
                 {"0::/muster-lch_01arz3ndektsv4rrffq69g5fbb\n", false},
                 {"0::/muster-\n", false},
                 {"0::/x" LAUNCH "\n", false},
                 {"", false}};
    Bench b;
    char folder[4200];
    Err e = {0};
    open_bench(&b);
    snprintf(folder, sizeof folder, "%s/streams/" LAUNCH, b.dir);
    CHECK_OK(file_mkdirs(folder, 0700, &e), e);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_STR(auth_launch_of_cgroups(b.auth, str(cases[i].cgroups)), cases[i].is_ours ? LAUNCH : "");
    close_bench(&b);
}

TEST(an_agent_reads_only_its_own_data) {
    Principal agent = {.role = ROLE_AGENT, .owner = "ag_1"}, viewer = {.role = ROLE_VIEWER};
    CHECK_I64(auth_check_own(&agent, STR("ag_1"), NULL), 0);
    CHECK_I64(auth_check_own(&agent, STR("ag_12"), NULL), -ERR_FORBIDDEN);
    CHECK_I64(auth_check_own(&agent, STR(""), NULL), -ERR_FORBIDDEN);
    CHECK_I64(auth_check_own(&viewer, STR("ag_2"), NULL), 0);
}
