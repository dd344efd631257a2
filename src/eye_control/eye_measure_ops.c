/* Operations that look at the machine, and at an eye from outside: requirements, connection test, benchmark. */
#include <stdlib.h>

#include "base/mem.h"
#include "eye_control/consumer.h"
#include "eye_control/eye_in.h"
#include "eye_control/requirement.h"

enum { CONNECT_MS = 3000, FRAME_MS = 2000, FRAMES_MAX = 100000, SECONDS_MAX = 60, WARM_UP = 25 };

/* --- requirements --- */

static int check_synthetic_eye_requirements(OpCall *c, const void *in, void *out, Err *e) {
    (void)in, (void)e;
    requirements_check(c->app, c->arena, out);
    return 0;
}

static int machine_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)in, (void)e;
    *ret = STR("requirements of eyes");
    return 0;
}

/* --- connection --- */

#define EYE_CONNECTION(F, S)                                                                                     \
    F(S, BOOL, ok, .doc = "A frame came")                                                                        \
    F(S, STR, failed, .opt = 1, .max_bytes = 500, .doc = "What did not work, in a sentence")                     \
    F(S, F64, connect_ms, .opt = 1, .min = 0, .max = 1e9, .doc = "From the call of connect to the eye's answer") \
    F(S, F64, frame_ms, .opt = 1, .min = 0, .max = 1e9, .doc = "From the answer to the first frame")             \
    F(S, F64, latency_ms, .opt = 1, .min = 0, .max = 1e9,                                                        \
      .doc = "From the eye's sending of that frame to its arrival")                                              \
    F(S, I64, width, .opt = 1, .min = 0, .max = 1 << 20, .doc = "Of the output")                                 \
    F(S, I64, height, .opt = 1, .min = 0, .max = 1 << 20, .doc = "Of the output")
SHAPE(EyeConnection, EYE_CONNECTION);
SHAPE_DEFINE(EyeConnection, EYE_CONNECTION);

static int find_socket(OpCall *c, Str eye_id, const char **ret, Err *e) {
    Eye eye;
    TRY(eye_get(c->db, eye_id, c->arena, &eye, e));
    TRY(eye_check_alive(&eye, e));
    if (!eye.sockets) return err_fail(e, ERR_CONFLICT, "this eye is still being started");
    *ret = arena_cstr(c->arena, eye.sockets->socket);
    return 0;
}

/* A watcher's frame is a copy of the newest; where nothing was drawn yet, or nobody steps, none comes. */
static int connect_and_look(const char *path, EyeConnection *out, Err *e) {
    CLEANUP(consumer_closep) Consumer *k = NULL;
    ConsumerInfo info;
    ConsumerFrame frame;
    int64_t begin = clock_mono_us();
    TRY(consumer_open(path, false, CONNECT_MS, &k, &info, e));
    int64_t open = clock_mono_us();
    GIVE(EyeConnection, out, connect_ms, (double)(open - begin) / 1000);
    GIVE(EyeConnection, out, width, info.width);
    GIVE(EyeConnection, out, height, info.height);
    int r = consumer_next(k, FRAME_MS, &frame, e);
    if (r == -(int)ERR_TIMEOUT && info.is_lockstep)
        return err_fail(e, ERR_TIMEOUT,
                        "connected, and no frame came within %d s: in lockstep one is drawn only when a consumer steps",
                        FRAME_MS / 1000);
    if (r == -(int)ERR_TIMEOUT)
        return err_fail(e, ERR_TIMEOUT, "connected, and no frame came within %d s: the program draws nothing",
                        FRAME_MS / 1000);
    TRY(r);
    GIVE(EyeConnection, out, frame_ms, (double)(clock_mono_us() - open) / 1000);
    GIVE(EyeConnection, out, latency_ms, (double)(frame.seen_ns - frame.send_ns) / 1e6);
    return 0;
}

static int test_synthetic_eye_connection(OpCall *c, const void *in, void *out_, Err *e) {
    EyeConnection *out = out_;
    const char *path = NULL;
    Err why = {0};
    TRY(find_socket(c, ((const EyePath *)in)->eye_id, &path, e));
    out->ok = connect_and_look(path, out, &why) >= 0;
    if (!out->ok) GIVE(EyeConnection, out, failed, arena_str(c->arena, str(why.text)));
    return 0;
}

/* --- benchmark --- */

#define EYE_BENCH_IN(F, S)                                                              \
    EYE_PATH_FIELD(F, S)                                                                \
    F(S, I64, frames, .opt = 1, .has_def = 1, .def = 1000, .min = 2, .max = FRAMES_MAX, \
      .doc = "After 25 that do not count")                                              \
    F(S, I64, seconds, .opt = 1, .has_def = 1, .def = 20, .min = 1, .max = SECONDS_MAX, .doc = "At most")
SHAPE(EyeBenchIn, EYE_BENCH_IN);
SHAPE_DEFINE(EyeBenchIn, EYE_BENCH_IN);
#define EYE_SPREAD(F, S)                                                             \
    F(S, F64, mean, .min = 0, .max = 1e9, .doc = "Milliseconds from frame to frame") \
    F(S, F64, p50, .min = 0, .max = 1e9, .doc = "Likewise, half of them")            \
    F(S, F64, p95, .min = 0, .max = 1e9, .doc = "Likewise, 95 of 100")               \
    F(S, F64, min, .min = 0, .max = 1e9, .doc = "The shortest")                      \
    F(S, F64, max, .min = 0, .max = 1e9, .doc = "The longest")
SHAPE(EyeSpread, EYE_SPREAD);
SHAPE_DEFINE(EyeSpread, EYE_SPREAD);
#define EYE_BENCH(F, S)                                                                                          \
    F(S, BOOL, ok, .doc = "As many frames came as were asked for")                                               \
    F(S, ID("eye"), id, .doc = "The eye")                                                                        \
    F(S, STR, mode, .max_bytes = 16, .doc = "lockstep or free_run")                                              \
    F(S, STR, role, .max_bytes = 16,                                                                             \
      .doc = "step (the program's own buffers) or watch (copies): another consumer steps")                       \
    F(S, I64, frames, .min = 0, .max = FRAMES_MAX, .doc = "That came and count")                                 \
    F(S, F64, elapsed_s, .wire = "elapsed_s", .min = 0, .max = 1e9, .doc = "For these")                          \
    F(S, F64, fps, .min = 0, .max = 1e9, .doc = "Of these")                                                      \
    F(S, OBJ(EyeSpread), per_frame_ms, .wire = "per_frame_ms", .opt = 1, .doc = "Left out: fewer than two came") \
    F(S, STR, failed, .opt = 1, .max_bytes = 500, .doc = "Why not all came")
SHAPE(EyeBench, EYE_BENCH);
SHAPE_DEFINE(EyeBench, EYE_BENCH);

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void put_spread(double *ms, size_t n, Arena *a, EyeBench *out) {
    EyeSpread *s = arena_new_in(a, EyeSpread);
    double sum = 0;
    if (n == 0) return;
    qsort(ms, n, sizeof *ms, by_size);
    for (size_t i = 0; i < n; i++) sum += ms[i];
    *s =
        (EyeSpread){.mean = sum / (double)n, .p50 = ms[n / 2], .p95 = ms[n * 95 / 100], .min = ms[0], .max = ms[n - 1]};
    out->elapsed_s = sum / 1000;
    out->fps = sum > 0 ? (double)n * 1000 / sum : 0;
    GIVE(EyeBench, out, per_frame_ms, s);
}

typedef struct Bench {
    Consumer *consumer;
    bool steps;
    int64_t n_wanted, until_us;
    double *ms;
    size_t n;
} Bench;

static int run_bench(Bench *b, Err *e) {
    int64_t last = 0;
    for (int64_t i = 0; i < b->n_wanted + WARM_UP; i++) {
        ConsumerFrame f;
        int64_t left_ms = (b->until_us - clock_mono_us()) / 1000;
        if (left_ms <= 0) return err_fail(e, ERR_TIMEOUT, "the time was over before all frames had come");
        if (b->steps) TRY(consumer_step(b->consumer, e));
        TRY(consumer_next(b->consumer, left_ms, &f, e));
        if (i >= WARM_UP) b->ms[b->n++] = (double)(f.seen_ns - last) / 1e6;
        last = f.seen_ns;
    }
    return 0;
}

static int benchmark_synthetic_eye(OpCall *c, const void *in_, void *out_, Err *e) {
    const EyeBenchIn *in = in_;
    EyeBench *out = out_;
    CLEANUP(consumer_closep) Consumer *k = NULL;
    ConsumerInfo info;
    const char *path = NULL;
    Err why = {0};
    TRY(find_socket(c, in->eye_id, &path, e));
    TRY(consumer_open(path, true, CONNECT_MS, &k, &info, e));
    if (info.is_lockstep && !info.is_stepper)
        return err_fail(e, ERR_CONFLICT, "another consumer steps this eye; a benchmark in lockstep has to");
    Bench b = {.consumer = k,
               .steps = info.is_lockstep,
               .n_wanted = in->frames,
               .until_us = clock_mono_us() + in->seconds * 1000000,
               .ms = arena_array(c->arena, (size_t)in->frames, sizeof(double))};
    *out = (EyeBench){.id = in->eye_id,
                      .mode = info.is_lockstep ? STR("lockstep") : STR("free_run"),
                      .role = info.is_stepper ? STR("step") : STR("watch")};
    out->ok = run_bench(&b, &why) >= 0;
    out->frames = (int64_t)b.n;
    if (!out->ok) GIVE(EyeBench, out, failed, arena_str(c->arena, str(why.text)));
    put_spread(b.ms, b.n, c->arena, out);
    return 0;
}

const Op eye_measure_ops[] = {
    {"check_synthetic_eye_requirements", "GET /api/eyes/requirements", "eye check",
     OP_RUN_OUT(check_synthetic_eye_requirements, EyeRequirements), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = machine_subject,
     .doc =
         "What a Synthetic Eye needs of this machine: GPU, driver, kernel, memory, programs; and what is used instead."},
    {"test_synthetic_eye_connection", "POST /api/eyes/{eyeId}/test", "eye test",
     OP_RUN(test_synthetic_eye_connection, EyePath, EyeConnection), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = eye_subject, .doc = "Connects to a running eye as a consumer does, and waits for one frame."},
    {"benchmark_synthetic_eye", "POST /api/eyes/{eyeId}/benchmark", "eye bench",
     OP_RUN(benchmark_synthetic_eye, EyeBenchIn, EyeBench), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = eye_subject,
     .doc =
         "Takes frames of a running eye as its consumer, as fast as they come, and says how fast that was. The pixels are "
         "not looked at."},
    {0},
};
