/* The terminal socket of source 001's clients, over logs that are written: what is replayed, in which pieces, and how it ends. */
#include "face/pty_ws.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent_migrations.h"
#include "approval/approval_migrations.h"
#include "base/holdlog.h"
#include "base/test.h"
#include "base/vec.h"
#include "checkpoint/checkpoint_migrations.h"
#include "conversation/conversation_migrations.h"
#include "core/core_migrations.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "core/test_app.h"
#include "net/http.h"
#include "net/test_server.h"
#include "script/script_migrations.h"
#include "usage/usage_migrations.h"
#include "workspace/workspace_migrations.h"

#define AGENT "ag_01arz3ndektsv4rrffq69g5fav"
#define LAUNCH "lch_01arz3ndektsv4rrffq69g5fav"
#define SPEC                \
    "{\"launch\":\"" LAUNCH \
    "\",\"nonce\":\"0123456789abcdef\",\"argv\":[\"sh\"],\"envp\":[],\"cwd\":\"/\",\"limits\":{\"mechanism\":\"none\"},\"pty\":{\"rows\":24,\"cols\":80}}"
enum { PIECE = 4096, REPLAY = 1 << 20 };

typedef struct Bench {
    TestApp t;
    TestServer *server;
    int log; /* of the launch */
    Buf got; /* binary messages, joined */
    int code;
    size_t largest;
} Bench;

static int run_tx(Tx *tx, void *sql, Err *e) { return tx_run(tx, sql, DB_NONE, NULL, e); }

static void change(Bench *b, const char *sql) {
    test_write(&b->t, run_tx, &(Sql){.name = "of_a_test", .text = sql, .file = "test"});
}

static void on_request(void *arg, HttpRequest *r) {
    Principal who = auth_local(ROLE_OWNER);
    pty_ws_accept(arg, r, &who);
}

static void put_frame(Bench *b, HoldChannel channel, Str bytes) {
    uint8_t head[HOLD_FRAME_HEADER];
    holdlog_frame_head(&(HoldFrame){.channel = channel, .at = 1, .bytes = bytes}, (Str){0}, head);
    CHECK(write(b->log, head, sizeof head) == (ssize_t)sizeof head);
    CHECK(write(b->log, bytes.p, bytes.n) == (ssize_t)bytes.n);
}

static void put_exit(Bench *b) {
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 1024);
    CHECK(holdlog_put_exit(&body, &(HoldExit){.code = 0, .reason = STR("exit")}));
    put_frame(b, HOLD_EXIT, buf_str(&body));
}

static void open_log(Bench *b) {
    uint8_t head[HOLD_SEGMENT_HEADER];
    CHECK(mkdirat(b->t.app.home_fd, "streams", 0700) == 0 || errno == EEXIST);
    CHECK(mkdirat(b->t.app.home_fd, "streams/" LAUNCH, 0700) == 0);
    b->log = openat(b->t.app.home_fd, "streams/" LAUNCH "/log.00000000000000000000",
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    holdlog_segment_head(&(HoldSegment){.at = 1}, head);
    CHECK(b->log >= 0 && write(b->log, head, sizeof head) == (ssize_t)sizeof head);
}

/* An agent; has_launch: it ran, and has ended. */
static void open_bench(Bench *b, bool has_launch) {
    static const Migration *const migrations[] = {core_migrations,
                                                  op_migrations,
                                                  launch_migrations,
                                                  workspace_migrations,
                                                  script_migrations,
                                                  approval_migrations,
                                                  agent_migrations,
                                                  usage_migrations,
                                                  conversation_migrations,
                                                  checkpoint_migrations,
                                                  NULL};
    *b = (Bench){.log = -1};
    buf_init(&b->got, 4 << 20);
    test_app_start(&b->t, &(TestAppConfig){.migrations = migrations});
    b->server = test_server_start_on(b->t.app.loop, b->t.app.home_fd, "sock",
                                     &(HttpHandler){.on_request = on_request, .arg = &b->t.app});
    change(b, "INSERT INTO workspace (id, name, path, common_dir, created_at, updated_at) "
              "VALUES ('ws_01arz3ndektsv4rrffq69g5fav', 'w', '/w', '/w/.git', 1, 1)");
    change(
        b,
        "INSERT INTO worktree (id, workspace_id, name, branch, path, sort_mode, display_order, is_main, is_detached, "
        "created_at, updated_at) VALUES ('wt_01arz3ndektsv4rrffq69g5fav', 'ws_01arz3ndektsv4rrffq69g5fav', 'm', "
        "'m', '/w', 'free', 0, 0, 0, 1, 1)");
    change(b, "INSERT INTO agent (id, worktree_id, workspace_id, name, mode, permissions, display_order, adapter, "
              "command, created_at, updated_at) VALUES ('" AGENT
              "', 'wt_01arz3ndektsv4rrffq69g5fav', 'ws_01arz3ndektsv4rrffq69g5fav', 'a', 'regular', '[]', 0, "
              "'terminal', '[\"sh\"]', 1, 1)");
    change(b, "INSERT INTO conversation (subject_kind, subject_id, status, status_reason, status_source, created_at, "
              "updated_at) VALUES ('agent', '" AGENT "', 'finished', 'not_started', 'process', 1, 1)");
    if (!has_launch) return;
    change(b, "UPDATE conversation SET launch_id = '" LAUNCH "'");
    change(b, "INSERT INTO launch (id, owner_kind, owner_id, state, nonce, spec, role, created_at, ended_at) "
              "VALUES ('" LAUNCH "', 'agent', '" AGENT "', 'exited', 'n', '" SPEC "', 1, 1, 2)");
    open_log(b);
}

static void close_bench(Bench *b) {
    if (b->log >= 0) close(b->log);
    buf_done(&b->got);
    test_server_stop(b->server);
    test_app_stop(&b->t);
}

static bool read_exactly(int fd, void *to, size_t n) {
    for (size_t i = 0; i < n;) {
        ssize_t got = read(fd, (char *)to + i, n - i);
        if (got <= 0) return false;
        i += (size_t)got;
    }
    return true;
}

/* Reads up to the close (RFC 6455 5.2, server frames unmasked). */
static void read_all(Bench *b, int fd) {
    uint8_t head[2], more[8], payload[70000];
    while (read_exactly(fd, head, 2)) {
        size_t n = head[1] & 127;
        if (n == 126 && read_exactly(fd, more, 2)) n = (size_t)more[0] << 8 | more[1];
        CHECK(n <= sizeof payload && n != 127 && read_exactly(fd, payload, n));
        int opcode = head[0] & 15;
        if (opcode == WS_CLOSE) b->code = payload[0] << 8 | payload[1];
        if (opcode == WS_CLOSE) return;
        CHECK_I64(opcode, WS_BINARY);
        if (n > b->largest) b->largest = n;
        buf_add(&b->got, payload, n);
    }
}

static void look(Bench *b, const char *agent) {
    int fd = test_connect_unix(b->t.app.home_fd, "sock");
    CLEANUP(buf_done) Buf bytes;
    buf_init(&bytes, 4096);
    buf_add_fmt(&bytes,
                "GET %s%s HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
                PTY_WS_PATH, agent);
    CHECK(test_send(fd, buf_str(&bytes)));
    buf_clear(&bytes);
    if (!test_read_answer(fd, &bytes, true) || !str_starts(buf_str(&bytes), STR("HTTP/1.1 101 ")))
        test_fail(__FILE__, __LINE__, "%s: " STR_FMT, agent, STR_ARG(buf_str(&bytes)));
    b->code = 0;
    b->largest = 0;
    buf_clear(&b->got);
    read_all(b, fd);
    close(fd);
}

TEST(who_has_no_terminal_is_closed_with_4404) {
    static const char *const nobody[] = {AGENT, "nobody", "a.b", "ag_01arz3ndektsv4rrffq69g5faa",
                                         AGENT "_and_more_than_an_id_has"};
    Bench b;
    open_bench(&b, false);
    for (size_t i = 0; i < COUNT_OF(nobody); i++) {
        look(&b, nobody[i]);
        CHECK_I64(b.code, 4404);
        CHECK_I64(b.got.n, 0);
    }
    close_bench(&b);
}

/* Questions are cut over frames; resizes are no output. */
TEST(after_the_exit_all_of_a_short_log_is_replayed_without_questions_and_closed_with_1000) {
    Bench b;
    open_bench(&b, true);
    put_frame(&b, HOLD_STDOUT, STR("one\033["));
    put_frame(&b, HOLD_RESIZE, STR("\x20\0\x50\0"));
    put_frame(&b, HOLD_STDOUT, STR("6n\033[31mtwo\033[c\r\n"));
    put_frame(&b, HOLD_STDOUT, STR("\033[2"));
    put_frame(&b, HOLD_STDOUT, STR("Jthree"));
    put_exit(&b);
    for (int i = 0; i < 2; i++) { /* the second viewer gets the same */
        look(&b, AGENT);
        CHECK_STR(buf_str(&b.got), "one\033[31mtwo\r\n\033[2Jthree");
        CHECK_I64(b.code, 1000);
    }
    close_bench(&b);
}

TEST(of_a_long_log_the_last_mebibyte_comes_in_pieces_of_4096_bytes) {
    Bench b;
    char frame[10000];
    open_bench(&b, true);
    for (int i = 0; i < 200; i++) {
        memset(frame, 'a' + i % 26, sizeof frame);
        put_frame(&b, HOLD_STDOUT, str_n(frame, sizeof frame));
    }
    put_frame(&b, HOLD_STDOUT, STR("the end"));
    put_exit(&b);
    look(&b, AGENT);
    CHECK_I64(b.code, 1000);
    CHECK(b.got.n > REPLAY - sizeof frame && b.got.n <= REPLAY + sizeof frame); /* whole frames of the log */
    CHECK(str_ends(buf_str(&b.got), STR("the end")));
    CHECK_I64(b.largest, PIECE);
    CHECK_I64((int64_t)((b.got.n - 7) % sizeof frame), 0);
    close_bench(&b);
}
