/* The link to a real hold, on a real loop; and what is left when the hold is killed. */
#include "core/holdlink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/holdspec.h"
#include "base/le.h"
#include "base/mem.h"
#include "base/test.h"
#include "base/ulid.h"
#include "core/launchlog.h"
#include "core/lostsweep.h"
#include "sys/loop.h"

enum { WAIT_MS = 20 * 1000 };
static const char nonce[] = "0123456789abcdef";

typedef struct Play {
    Loop *loop;
    Arena *arena;
    HoldLink *link;
    Id launch;
    char dir[300];
    int dirfd;
    pid_t hold;
    const char *const *inputs; /* sent one after another */
    uint64_t n_acked;
    bool says_nothing, reads; /* no stop after the last input; reads the log at every head */
    int64_t answer_ms;        /* 0: as long as the connecting */
    bool floods;              /* gives orders at a head until the link fails */
    uint64_t read_at, n_read; /* offset, and bytes of stdout */
    HoldHead head;
    char reason[32];
    bool has_exit, is_closed;
    Err why;
    bool has_why;
} Play;

static void send_next(Play *p) {
    const char *next = p->inputs ? p->inputs[p->n_acked] : NULL;
    if (next)
        CHECK(holdlink_input(p->link, p->n_acked + 1, str(next)));
    else if (!p->says_nothing)
        holdlink_stop(p->link, 5000);
}

static void on_ready(void *arg, const HoldHello *hello, const HoldHead *head) {
    Play *p = arg;
    CHECK_I64(hello->version, HOLD_WIRE_VERSION);
    CHECK(holdlink_is_ready(p->link));
    CHECK_I64(head->last_input, p->n_acked);
    holdlink_go(p->link);
    send_next(p);
}

/* While the hold is writing: an incomplete frame is distinguished from a damaged one. */
static void read_on(Play *p) {
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    LaunchBatch b;
    CHECK_OK(launchlog_open(p->dirfd, &log, &e), e);
    do {
        arena_reset(a);
        CHECK_OK(launchlog_read(log, p->read_at, 1 << 20, a, &b, &e), e);
        CHECK(b.cond == LAUNCHLOG_MORE || b.cond == LAUNCHLOG_END);
        for (size_t i = 0; i < b.n; i++) {
            if (b.frames[i].frame.channel == HOLD_STDOUT) p->n_read += b.frames[i].frame.bytes.n;
        }
        p->read_at = b.next;
    } while (b.cond == LAUNCHLOG_MORE);
}

static void on_head(void *arg, const HoldHead *head) {
    Play *p = arg;
    CHECK(head->head >= p->head.head);
    p->head = *head;
    while (p->floods && holdlink_is_ready(p->link)) holdlink_set_derived(p->link, 1);
    if (!p->reads) return;
    read_on(p);
    CHECK(p->read_at >= head->head);
    holdlink_set_derived(p->link, p->read_at);
}

static void on_ack(void *arg, uint64_t n, HoldAck status) {
    Play *p = arg;
    CHECK_I64(status, HOLD_ACK_ACCEPTED);
    CHECK_I64(n, p->n_acked + 1);
    p->n_acked = n;
    send_next(p);
}

static void on_exited(void *arg, uint64_t offset, const HoldExit *exit) {
    Play *p = arg;
    (void)offset;
    p->has_exit = true;
    snprintf(p->reason, sizeof p->reason, STR_FMT, STR_ARG(exit->reason));
    holdlink_bye(p->link);
}

static void on_closed(void *arg, const Err *why) {
    Play *p = arg;
    p->is_closed = true;
    p->has_why = why != NULL;
    if (why) p->why = *why;
    p->link = NULL;
    loop_stop(p->loop);
}

static const HoldLinkEvents events = {on_ready, on_head, on_ack, on_exited, on_closed};

static void write_spec(Play *p, const char *const *argv) {
    HoldSpec spec;
    shape_init(&HoldSpec_shape, &spec);
    HoldSpecLimits limits = {.mechanism = HOLD_LIMIT_NONE};
    Str args[8], env[] = {STR("PATH=/usr/bin:/bin"), arena_fmt(p->arena, "MUSTER_LAUNCH=%s", p->launch.text)};
    size_t n = 0;
    for (; argv[n]; n++) args[n] = str(argv[n]);
    spec.launch = id_str(&p->launch);
    spec.nonce = str(nonce);
    spec.argv = (StrList){args, n};
    spec.envp = (StrList){env, COUNT_OF(env)};
    spec.cwd = STR("/");
    spec.limits = &limits;
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 1 << 16);
    JsonOut out = json_out(&text);
    shape_encode(&HoldSpec_shape, &spec, &out);
    CLEANUP(fd_closep) int fd = openat(p->dirfd, "spec", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
}

static void play_open(Play *p, const char *const *argv) {
    signal(SIGPIPE, SIG_IGN); /* like every program with a loop */
    *p = (Play){.arena = arena_new(), .launch = id_new("lch")};
    Err e = {0};
    CHECK_OK(loop_new(&p->loop, &e), e);
    snprintf(p->dir, sizeof p->dir, "%s/%s", test_dir(), p->launch.text);
    CHECK(mkdir(p->dir, 0700) == 0);
    p->dirfd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!argv) return;
    write_spec(p, argv);
    p->hold = fork();
    if (p->hold == 0) {
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(HOLD_EXE, "muster-hold", p->dir, (char *)NULL);
        _exit(126);
    }
}

/* Runs the loop until the link is closed. */
static void play(Play *p, const char *with_nonce, int64_t wait_ms) {
    Err e = {0};
    HoldLinkConfig c = {.loop = p->loop,
                        .dirfd = p->dirfd,
                        .launch = id_str(&p->launch),
                        .nonce = str(with_nonce),
                        .connect_ms = wait_ms,
                        .answer_ms = p->answer_ms ? p->answer_ms : wait_ms,
                        .on = &events,
                        .arg = p};
    CHECK_OK(holdlink_open(&c, &p->link, &e), e);
    loop_run(p->loop);
    CHECK(p->is_closed);
}

static void play_close(Play *p) {
    if (p->hold > 0) {
        kill(p->hold, SIGTERM);
        CHECK(waitpid(p->hold, NULL, 0) == p->hold);
    }
    loop_free(p->loop);
    fd_closep(&p->dirfd);
    arena_free(p->arena);
}

static Str output_of(const Play *p) {
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    Err e = {0};
    LaunchBatch b;
    CHECK_OK(launchlog_open(p->dirfd, &log, &e), e);
    CHECK_OK(launchlog_read(log, 0, 64 << 20, p->arena, &b, &e), e);
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 64 << 20);
    for (size_t i = 0; i < b.n; i++) {
        if (b.frames[i].frame.channel == HOLD_STDOUT) buf_add_str(&out, b.frames[i].frame.bytes);
    }
    return arena_str(p->arena, buf_str(&out));
}

static bool is_held(const Play *p) {
    Err e = {0};
    bool held;
    CHECK_OK(launch_lock_is_held(p->dirfd, &held, &e), e);
    return held;
}

TEST(a_launch_is_started_fed_stopped_and_read) {
    Play p;
    play_open(&p, (const char *const[]){"/bin/sh", "-c", "cat; echo end", NULL});
    p.inputs = (const char *const[]){"one ", "", "three ", NULL};
    play(&p, nonce, WAIT_MS);
    CHECK(p.has_exit);
    CHECK_STR(str(p.reason), "stopped");
    CHECK_I64(p.n_acked, 3);
    CHECK_I64(p.why.code, ERR_PROCESS); /* the hold exited after the bye */
    CHECK(waitpid(p.hold, NULL, 0) == p.hold);
    p.hold = 0;
    CHECK(!is_held(&p));
    CHECK_STR(output_of(&p), "one three end\n");
    play_close(&p);
}

TEST(an_input_larger_than_every_queue_arrives) {
    enum { LARGE = 3 << 20 };
    Play p;
    play_open(&p, (const char *const[]){"/bin/sh", "-c", "head -c 3145728 | wc -c", NULL});
    CLEANUP(free_p) char *large = mu_alloc(LARGE + 1);
    memset(large, 'x', LARGE);
    p.inputs = (const char *const[]){large, NULL};
    p.says_nothing = true; /* the child exits when it has everything */
    play(&p, nonce, WAIT_MS);
    CHECK_STR(str(p.reason), "exit");
    CHECK_STR(output_of(&p), "3145728\n");
    CHECK(waitpid(p.hold, NULL, 0) == p.hold);
    p.hold = 0;
    play_close(&p);
}

TEST(a_reader_beside_a_writer_sees_every_byte_and_no_damage) {
    Play p;
    play_open(&p, (const char *const[]){"/bin/sh", "-c", "yes | head -c 40000000", NULL});
    p.says_nothing = p.reads = true;
    play(&p, nonce, WAIT_MS);
    CHECK_STR(str(p.reason), "exit");
    read_on(&p);
    CHECK_I64(p.n_read, 40000000);
    CHECK(waitpid(p.hold, NULL, 0) == p.hold);
    p.hold = 0;
    play_close(&p);
}

TEST(without_a_hold_the_link_gives_up_in_time) {
    Play p;
    play_open(&p, NULL);
    play(&p, nonce, 50);
    CHECK(p.has_why);
    CHECK_I64(p.why.code, ERR_TIMEOUT);
    CHECK(!is_held(&p));
    play_close(&p);
}

TEST(a_hold_with_another_nonce_is_refused) {
    Play p;
    play_open(&p, (const char *const[]){"cat", NULL});
    play(&p, "another nonce of ours", WAIT_MS);
    CHECK(p.has_why);
    CHECK(is_held(&p));
    play_close(&p);
}

/* --- peers that are no hold -------------------------------------------------------------------------------- */

/* Listens where a hold would, and sends `says` to the first client, then the end of its stream unless it `stays`. It
 * reads nothing, and waits until the client closes the connection. */
typedef struct Peer {
    int fd;
    Buf says;
    bool stays;
    pthread_t thread;
} Peer;

static void *peer_run(void *arg) {
    Peer *r = arg;
    CLEANUP(fd_closep) int fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return NULL; /* the listener was shut down: nobody called */
    for (size_t at = 0; at < r->says.n;) {
        ssize_t n = send(fd, r->says.p + at, r->says.n - at, MSG_NOSIGNAL);
        if (n <= 0) return NULL; /* the client did not wait for all of it */
        at += (size_t)n;
    }
    struct pollfd until = {.fd = fd, .events = POLLRDHUP};
    if (!r->stays) shutdown(fd, SHUT_WR);
    poll(&until, 1, WAIT_MS);
    return NULL;
}

/* `euid`: the user who listens. */
static void peer_listen(Play *p, Peer *r, uid_t euid) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    *r = (Peer){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    buf_init(&r->says, 1 << 20);
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/sock", p->dirfd);
    CHECK(r->fd >= 0 && bind(r->fd, (struct sockaddr *)&at, sizeof at) == 0);
    uid_t own = geteuid();
    CHECK(euid == own || seteuid(euid) == 0);
    int result = listen(r->fd, 1);
    CHECK(euid == own || seteuid(own) == 0);
    CHECK(result == 0);
}

static void peer_play(Play *p, Peer *r) {
    p->says_nothing = true;
    CHECK(pthread_create(&r->thread, NULL, peer_run, r) == 0);
    play(p, nonce, WAIT_MS);
    shutdown(r->fd, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    fd_closep(&r->fd);
    buf_done(&r->says);
}

static void say_hello_of(Buf *out, Str launch, const char *of_nonce, uint32_t version) {
    HoldMsg m = {.type = HOLD_MSG_HELLO, .hello = {.version = version, .launch = launch, .nonce = str(of_nonce)}};
    CHECK(holdwire_put(out, &m));
}

static void say_hello(Play *p, Buf *out) { say_hello_of(out, id_str(&p->launch), nonce, HOLD_WIRE_VERSION); }
static void say_other_launch(Play *p UNUSED, Buf *out) {
    say_hello_of(out, STR("lch_01arz3ndektsv4rrffq69g5faa"), nonce, HOLD_WIRE_VERSION);
}
static void say_other_nonce(Play *p, Buf *out) {
    say_hello_of(out, id_str(&p->launch), "fedcba9876543210", HOLD_WIRE_VERSION);
}
static void say_no_version(Play *p, Buf *out) { say_hello_of(out, id_str(&p->launch), nonce, 0); }

static void say_head_at(Buf *out, uint64_t head) {
    CHECK(holdwire_put(out, &(HoldMsg){.type = HOLD_MSG_HEAD, .head = {.head = head}}));
}

static void say_head(Play *p UNUSED, Buf *out) { say_head_at(out, 7); }

static void say_frame(Buf *out, uint32_t length, uint8_t type) {
    char head[HOLD_MSG_HEADER];
    le_store32(head, length);
    head[4] = (char)type;
    CHECK(buf_add(out, head, sizeof head));
}

static void say_too_long(Play *p, Buf *out) {
    say_hello(p, out);
    say_frame(out, HOLD_MSG_BODY_MAX + 1, HOLD_MSG_HEAD);
}

static void say_too_short(Play *p, Buf *out) {
    say_hello(p, out);
    say_frame(out, 1, HOLD_MSG_HEAD);
    buf_add_c(out, 0);
}

static void say_part(Play *p, Buf *out) {
    say_hello(p, out);
    say_head_at(out, 7);
    size_t whole = out->n;
    say_head_at(out, 8);
    out->n = whole + (out->n - whole) / 2;
}

TEST(what_a_hold_would_not_say_ends_the_link_with_the_reason) {
    static const struct {
        void (*say)(Play *p, Buf *out);
        ErrCode code;
        const char *why;
    } rows[] = {
        {say_other_launch, ERR_CONFLICT, "another launch's hold answers on this launch's socket"},
        {say_other_nonce, ERR_CONFLICT, "another launch's hold answers on this launch's socket"},
        {say_no_version, ERR_CONFLICT, "another launch's hold answers on this launch's socket"},
        {say_head, ERR_CONFLICT, "the hold did not say hello first"},
        {say_too_long, ERR_INTERNAL, "the hold sent an invalid message"},
        {say_too_short, ERR_INTERNAL, "the hold sent an invalid message"},
        {say_hello, ERR_PROCESS, "the hold closed the connection"},
        {say_part, ERR_PROCESS, "the hold closed the connection"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Play p;
        Peer r;
        play_open(&p, NULL);
        peer_listen(&p, &r, geteuid());
        rows[i].say(&p, &r.says);
        peer_play(&p, &r);
        CHECK(p.has_why);
        CHECK_STR(str(p.why.text), rows[i].why);
        CHECK_I64(p.why.code, rows[i].code);
        CHECK_I64(p.head.head, 0); /* none behind the greeting was whole */
        play_close(&p);
    }
}

/* A later version may have more messages; and an acknowledgement of an input that this link did not send says nothing. */
TEST(a_message_that_is_unknown_or_not_asked_for_is_ignored) {
    Play p;
    Peer r;
    play_open(&p, NULL);
    peer_listen(&p, &r, geteuid());
    say_hello(&p, &r.says);
    say_head_at(&r.says, 7);
    say_frame(&r.says, 3, 250);
    buf_add(&r.says, "new", 3);
    say_frame(&r.says, 0, HOLD_MSG_BYE); /* known, but not to this side */
    CHECK(holdwire_put(&r.says, &(HoldMsg){.type = HOLD_MSG_INPUT_ACK, .ack = {3, HOLD_ACK_ACCEPTED}}));
    say_head_at(&r.says, 9);
    peer_play(&p, &r);
    CHECK_STR(str(p.why.text), "the hold closed the connection");
    CHECK_I64(p.head.head, 9);
    CHECK_I64(p.n_acked, 0);
    play_close(&p);
}

TEST(a_hold_that_does_not_answer_is_given_up_in_time) {
    Play p;
    Peer r;
    play_open(&p, NULL);
    peer_listen(&p, &r, geteuid());
    r.stays = true;
    p.answer_ms = 50;
    peer_play(&p, &r);
    CHECK_STR(str(p.why.text), "the hold does not answer");
    CHECK_I64(p.why.code, ERR_TIMEOUT);
    play_close(&p);
}

TEST(a_hold_that_does_not_read_its_orders_is_given_up) {
    Play p;
    Peer r;
    play_open(&p, NULL);
    peer_listen(&p, &r, geteuid());
    r.stays = true;
    say_hello(&p, &r.says);
    say_head_at(&r.says, 7);
    say_head_at(&r.says, 8);
    p.floods = true;
    peer_play(&p, &r);
    CHECK_STR(str(p.why.text), "the hold does not read its orders");
    CHECK_I64(p.why.code, ERR_PROCESS);
    play_close(&p);
}

TEST(a_socket_of_another_user_is_refused) {
    enum { ANOTHER = 65534 };
    Play p;
    Peer r;
    if (geteuid() != 0) test_skip("only root can listen as another user");
    play_open(&p, NULL);
    peer_listen(&p, &r, ANOTHER);
    say_hello(&p, &r.says);
    peer_play(&p, &r);
    CHECK_STR(str(p.why.text), "the launch's socket belongs to another user");
    CHECK_I64(p.why.code, ERR_FORBIDDEN);
    play_close(&p);
}

static void close_now(void *arg) { holdlink_close(arg); }

TEST(a_link_that_is_closed_at_once_is_freed_without_an_error) {
    Play p;
    play_open(&p, NULL);
    Err e = {0};
    HoldLinkConfig c = {.loop = p.loop,
                        .dirfd = p.dirfd,
                        .launch = id_str(&p.launch),
                        .nonce = str(nonce),
                        .connect_ms = WAIT_MS,
                        .answer_ms = WAIT_MS,
                        .on = &events,
                        .arg = &p};
    CHECK_OK(holdlink_open(&c, &p.link, &e), e);
    loop_post(p.loop, close_now, p.link);
    loop_run(p.loop);
    CHECK(p.is_closed && !p.has_why);
    play_close(&p);
}

/* The child of a killed hold dies with it; a detached process is found by its mark or in the cgroup. */
static void check_swept(const char *const *argv, const char *sign) {
    Play p;
    play_open(&p, argv);
    p.inputs = (const char *const[]){"go\n", NULL};
    p.says_nothing = true;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    Err e = {0};
    HoldLinkConfig c = {.loop = p.loop,
                        .dirfd = p.dirfd,
                        .launch = id_str(&p.launch),
                        .nonce = str(nonce),
                        .connect_ms = WAIT_MS,
                        .answer_ms = WAIT_MS,
                        .on = &events,
                        .arg = &p};
    CHECK_OK(holdlink_open(&c, &p.link, &e), e);
    size_t at;
    while (!str_find(output_of(&p), str(sign), &at)) uv_run(loop_uv(p.loop), UV_RUN_ONCE);
    kill(p.hold, SIGKILL);
    loop_run(p.loop);
    CHECK(p.has_why && !p.has_exit);
    CHECK(waitpid(p.hold, NULL, 0) == p.hold);
    p.hold = 0;
    CHECK(!is_held(&p));
    LostSweep swept;
    CHECK_OK(lostsweep_run(p.dirfd, id_str(&p.launch), WAIT_MS, &swept, &e), e);
    CHECK(swept.n_killed > 0);                 /* those of the cgroup count too */
    while (waitpid(-1, NULL, 0) > 0) continue; /* ends only when no orphan is alive */
    CHECK_I64(errno, ECHILD);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    play_close(&p);
}

TEST(a_marked_process_in_a_session_of_its_own_does_not_outlive_the_sweep) {
    check_swept((const char *const[]){"/bin/sh", "-c", "read x; setsid sleep 1000 & echo away; cat", NULL}, "away");
}
