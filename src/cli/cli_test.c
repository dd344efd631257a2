/* The command line as the user types it, and the request that the daemon receives. */
#include "cli/cli.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/test_server.h"

#define THING_UPDATE(F, S)                                                           \
    F(S, STR, thing_id, .max_bytes = 200, .from = FROM_PATH, .doc = "Which one")     \
    F(S, STR, name, .min = 1, .max_bytes = 20, .doc = "Its name")                    \
    F(S, STR, first_note, .opt = 1, .max_bytes = 200, .doc = "Said at first")        \
    F(S, I64, size, .opt = 1, .min = -9, .max = 9, .doc = "Its size")                \
    F(S, BOOL, is_big, .opt = 1, .doc = "Is it big?")                                \
    F(S, STRS, tags, .opt = 1, .max = 3, .item_max = 9, .doc = "Words for it")       \
    F(S, ANY, extra, .opt = 1, .max_bytes = 200, .doc = "Anything")                  \
    F(S, BOOL, force, .opt = 1, .from = FROM_QUERY, .doc = "Also when it is in use") \
    F(S, STR, why, .opt = 1, .max_bytes = 200, .from = FROM_QUERY, .doc = "A reason")
SHAPE(ThingUpdate, THING_UPDATE);
SHAPE_DEFINE(ThingUpdate, THING_UPDATE);

static const Op ops[] = {
    {.name = "update_thing",
     .route = "PUT /api/things/{thingId}",
     .alias = "thing update",
     .in = &ThingUpdate_shape,
     .flags = OP_WRITES},
    {.name = "list_things", .route = "GET /api/things", .alias = "thing list"},
    {0},
};

/* The last request to the server, and its answer. */
static struct Seen {
    char target[600], method[16], body[600], key[64], type[64];
    int n;
    int status;
    const char *answer;
} seen;

static void keep(char *to, size_t size, Str s) { snprintf(to, size, STR_FMT, STR_ARG(s)); }

static void on_request(void *arg UNUSED, HttpRequest *r) {
    char query[300];
    keep(query, sizeof query, r->query);
    snprintf(seen.target, sizeof seen.target, STR_FMT "%s%s", STR_ARG(r->path), r->query.n ? "?" : "", query);
    keep(seen.method, sizeof seen.method, r->method);
    keep(seen.body, sizeof seen.body, r->body);
    keep(seen.key, sizeof seen.key, http_header(r, "idempotency-key"));
    keep(seen.type, sizeof seen.type, http_header(r, "content-type"));
    seen.n++;
    http_answer(r, &(HttpAnswer){.status = seen.status, .content_type = "application/json", .body = str(seen.answer)});
}

typedef struct Bench {
    TestServer *server;
    int home_fd;
} Bench;

static void listen_there(void *arg) {
    Bench *b = arg;
    Err e = {0};
    if (http_listen_unix(test_server_http(b->server), b->home_fd, "sock", &e) < 0) abort();
}

static void open_bench(Bench *b) {
    static const HttpHandler handler = {.on_request = on_request};
    memset(&seen, 0, sizeof seen);
    seen.status = 200;
    seen.answer = "{}";
    b->server = test_server_start(NULL, &handler);
    b->home_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    test_server_call(b->server, listen_there, b);
}

static void close_bench(Bench *b) {
    test_server_stop(b->server);
    close(b->home_fd);
}

enum { WORDS_MAX = 20 };

/* Words are separated by bars. Returns the exit code; the output goes into the file. */
static int run_into(const char *line, const char *file) {
    static const Op *const lists[] = {ops, NULL};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *words[WORDS_MAX];
    int n = 0;
    Str rest = str(line), word;
    while (str_split(&rest, '|', &word)) words[n++] = arena_cstr(a, word);
    fflush(stdout);
    fflush(stderr);
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), out = dup(1), err = dup(2);
    dup2(fd, 1);
    dup2(fd, 2);
    CliContext c = {
        .home = test_dir(), .command = "muster --home x", .program = "muster", .ops = lists, .version = "0"};
    int code = cli_run(&c, n, words);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    close(fd);
    return code;
}

static int run(const char *line) { return run_into(line, "/dev/null"); }

TEST(words_and_flags_become_path_query_and_body) {
    static const struct {
        const char *line, *target, *body;
    } rows[] = {
        {"update_thing|t1|Name", "/api/things/t1", "{\"name\":\"Name\"}"},
        {"thing|update|t1|Name", "/api/things/t1", "{\"name\":\"Name\"}"},
        {"thing|update|--thing-id|t1|--name|Name", "/api/things/t1", "{\"name\":\"Name\"}"},
        {"thing|update|--thing|t1|--name=Name", "/api/things/t1", "{\"name\":\"Name\"}"},
        {"thing|update|--thingId=t1|--name=a=b", "/api/things/t1", "{\"name\":\"a=b\"}"},
        {"thing|update|t1|Name|And a note", "/api/things/t1", "{\"name\":\"Name\",\"firstNote\":\"And a note\"}"},
        {"thing|update|t1|Name|--first-note|--dashes", "/api/things/t1",
         "{\"name\":\"Name\",\"firstNote\":\"--dashes\"}"},
        {"thing|update|t1|--force|--|--Name|--help", "/api/things/t1?force=true",
         "{\"name\":\"--Name\",\"firstNote\":\"--help\"}"},
        {"thing|update|t1|Name|--firstNote=", "/api/things/t1", "{\"name\":\"Name\",\"firstNote\":\"\"}"},
        {"thing|update|t1|Name|--size|-3", "/api/things/t1", "{\"name\":\"Name\",\"size\":-3}"},
        {"thing|update|t1|Name|--is-big", "/api/things/t1", "{\"name\":\"Name\",\"isBig\":true}"},
        {"thing|update|--is-big|t1|Name", "/api/things/t1", "{\"name\":\"Name\",\"isBig\":true}"},
        {"thing|update|t1|Name|--is-big|false", "/api/things/t1", "{\"name\":\"Name\",\"isBig\":false}"},
        {"thing|update|t1|Name|--is-big=false|--size=1", "/api/things/t1",
         "{\"name\":\"Name\",\"size\":1,\"isBig\":false}"},
        {"thing|update|t1|Name|--tags|a|--tags|b", "/api/things/t1", "{\"name\":\"Name\",\"tags\":[\"a\",\"b\"]}"},
        {"thing|update|t1|Name|--extra|{\"a\": [1]}", "/api/things/t1", "{\"name\":\"Name\",\"extra\":{\"a\": [1]}}"},
        {"thing|update|t1|Name|--force", "/api/things/t1?force=true", "{\"name\":\"Name\"}"},
        {"thing|update|t1|Name|--force|--why|a b&c=d/\xc3\xa9?",
         "/api/things/t1?force=true&why=a%20b%26c%3Dd%2F%C3%A9%3F", "{\"name\":\"Name\"}"},
        {"thing|update|a b?c%d/\xc3\xa9#|Na\"me", "/api/things/a b?c%d/\xc3\xa9#", "{\"name\":\"Na\\\"me\"}"},
    };
    Bench b;
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_I64(run(rows[i].line), 0);
        CHECK_STR(str(seen.target), rows[i].target);
        CHECK_STR(str(seen.body), rows[i].body);
        CHECK_STR(str(seen.method), "PUT");
        CHECK_STR(str(seen.type), "application/json");
        CHECK_I64(seen.n, i + 1);
    }
    close_bench(&b);
}

TEST(an_invalid_command_line_never_reaches_the_daemon) {
    static const char *const lines[] = {
        "thing|update",
        "thing|update|t1",
        "thing|update|t1|Name|Note|one too many",
        "thing|update|t1|Name|--nosuch|1",
        "thing|update|t1|Name|--size",
        "thing|update|t1|Name|--size|ten",
        "thing|update|t1|Name|--size|10",
        "thing|update|t1|Name|--extra|{",
        "thing|update|t1|far longer than a name may be",
        "thing|list|more",
        "thing|list|--more",
        "nosuch",
        "thing",
        "thing|nosuch",
    };
    Bench b;
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (run(lines[i]) != 2) test_fail(__FILE__, __LINE__, "%s was taken", lines[i]);
    CHECK_I64(seen.n, 0);
    close_bench(&b);
}

TEST(only_a_call_that_writes_carries_a_key_and_each_a_new_one) {
    Bench b;
    char first[64];
    open_bench(&b);
    CHECK_I64(run("thing|list"), 0);
    CHECK_STR(str(seen.method), "GET");
    CHECK_STR(str(seen.target), "/api/things");
    CHECK_STR(str(seen.body), "");
    CHECK_STR(str(seen.key), "");
    CHECK_I64(run("thing|update|t1|Name"), 0);
    snprintf(first, sizeof first, "%s", seen.key);
    CHECK_I64(strlen(first), 36);
    CHECK_I64(run("thing|update|t1|Name"), 0);
    CHECK(strcmp(first, seen.key) != 0);
    close_bench(&b);
}

static Str printed(const char *line, int want_code, Buf *out) {
    char file[300];
    char chunk[4096];
    snprintf(file, sizeof file, "%s/printed", test_dir());
    CHECK_I64(run_into(line, file), want_code);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, chunk, sizeof chunk);
    close(fd);
    buf_clear(out);
    if (n > 0) buf_add(out, chunk, (size_t)n);
    return buf_str(out);
}

TEST(an_answer_is_printed_for_a_person) {
    Bench b;
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 16);
    open_bench(&b);
    seen.answer = "{\"a\":[1,{\"b\":\"x, {\\\"y\\\"}\"}],\"c\":{},\"d\":[]}";
    CHECK_STR(
        printed("thing|list", 0, &out),
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {\\\"y\\\"}\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}\n");
    seen.status = 204;
    seen.answer = "";
    CHECK_STR(printed("thing|list", 0, &out), "");
    close_bench(&b);
}

TEST(a_refusal_is_printed_with_its_fields) {
    Bench b;
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 16);
    open_bench(&b);
    seen.status = 409;
    seen.answer =
        "{\"error\":{\"code\":\"CONFLICT\",\"message\":\"it is in use\",\"details\":{\"a.b\":[\"one\",\"two\"]}}}";
    CHECK_STR(printed("thing|list", 1, &out), "muster: it is in use\n  a.b: one\n  a.b: two\n");
    seen.answer = "{\"error\":{\"message\":\"\\u001b]0;x\\u0007a\",\"details\":{\"b\":[\"\\u001b[2Jc\"]}}}";
    CHECK_STR(printed("thing|list", 1, &out), "muster: a\n  b: c\n");
    seen.answer = "not \x1b[1mJSON";
    CHECK_STR(printed("thing|list", 1, &out), "muster: not JSON\n");
    close_bench(&b);
}

TEST(a_refusal_names_options_and_says_each_fault_once) {
    static const struct {
        const char *line, *answer, *said;
        int code;
    } rows[] = {
        {"thing|update", "", "muster: --thing is required\nmuster: --name is required\n", 2},
        {"thing|update|t1|Name|--size|ten", "", "muster: --size must be a whole number\n", 2},
        {"thing|update|t1|Name|--colour|red", "",
         "muster: thing update has no option --colour; see `muster help thing update`\n", 2},
        {"thing|update|t1|Name",
         "{\"error\":{\"message\":\"thingId is odd (and 1 more)\",\"details\":{\"thingId\":[\"is odd\"],\"firstNote\":[\"is long\"]}}}",
         "muster: --thing is odd\nmuster: --first-note is long\n", 1},
        {"thing|update|t1|Name",
         "{\"error\":{\"message\":\"extra.a[1] is odd\",\"details\":{\"extra.a[1]\":[\"is odd\"]}}}",
         "muster: --extra (a[1]) is odd\n", 1},
        {"thing|update|t1|Name",
         "{\"error\":{\"message\":\"a big one needs tags\",\"details\":{\"tags\":[\"is required\"]}}}",
         "muster: a big one needs tags (--tags)\n", 1},
        {"thing|update|t1|Name",
         "{\"error\":{\"message\":\"Name is taken\",\"details\":{\"name\":[\"is taken\"],\"by\":[\"t2\"]}}}",
         "muster: Name is taken (--name)\n  by: t2\n", 1},
        {"thing|update|t1|Name", "{\"error\":{\"message\":\"tags or size is required\"}}",
         "muster: --tags or --size is required\n", 1},
        {"thing|update|t1|Name",
         "{\"error\":{\"message\":\"firstNote goes with `thingId`, not with otherWord\",\"details\":{\"firstNote\":[\"is required\"]}}}",
         "muster: --first-note is required\n", 1},
        {"thing|update|t1|Name",
         "{\"error\":{\"message\":\"name one with firstNote or `thingId`, not with otherWord\",\"details\":{\"thingId\":[\"is required\"]}}}",
         "muster: name one with --first-note or `--thing`, not with otherWord\n", 1},
    };
    Bench b;
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 16);
    open_bench(&b);
    seen.status = 400;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        seen.answer = rows[i].answer;
        CHECK_STR(printed(rows[i].line, rows[i].code, &out), rows[i].said);
    }
    close_bench(&b);
}

TEST(without_a_daemon_the_command_fails_and_says_so) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 16);
    CHECK(str_find(printed("thing|list", 1, &out), STR("`muster --home x serve`"), &(size_t){0}));
}
