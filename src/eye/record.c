/* See record.h. */
#include "eye/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/vec.h"
#include "eye/consumer.h"
#include "eye/fourcc.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/stats.h"

enum { FLUSH_BYTES = 1 << 16, REPLAY_MAX = 256 << 20 };

struct Recorder {
    Eye *eye;
    int fd; /* of the recording; -1: none */
    char path[EYE_PATH_MAX];
    Buf out;
    uint64_t n_steps, n_bytes;
    VEC(EyeInput) inputs; /* since the last line */
    uint32_t frames, dt_ns;
    /* replay */
    Buf script; /* the whole file; empty: no replay */
    Str rest;
    char replayed[EYE_PATH_MAX];
    uint64_t n_replayed;
    int64_t differs_at; /* -1: nowhere yet */
    uint64_t wanted_hash;
    bool has_wanted;
};

/* --- hashes ------------------------------------------------------------------------------------------------------- */

typedef struct Hashing {
    const Buffer *buffer;
    const uint8_t *pixels;
    uint64_t result;
} Hashing;

/* Rows are masked in pieces, so that the alpha byte of each pixel counts as zero. */
static void hash_rows(void *arg) {
    Hashing *h = arg;
    const Buffer *b = h->buffer;
    XXH3_state_t *state = XXH3_createState();
    XXH3_64bits_reset(state);
    uint32_t masked[1024];
    bool is_swapped = b->fourcc == FOURCC_XBGR8888 || b->fourcc == FOURCC_ABGR8888;
    for (uint32_t y = 0; y < b->height; y++) {
        const uint8_t *row = h->pixels + (size_t)y * b->planes[0].stride;
        for (uint32_t x = 0; x < b->width;) {
            uint32_t n = b->width - x < COUNT_OF(masked) ? b->width - x : (uint32_t)COUNT_OF(masked);
            memcpy(masked, row + (size_t)x * 4, (size_t)n * 4);
            for (uint32_t i = 0; i < n; i++) {
                uint32_t p = masked[i];
                masked[i] = is_swapped ? (p & 0xff) << 16 | (p & 0xff00) | (p >> 16 & 0xff) : p & 0xffffff;
            }
            XXH3_64bits_update(state, masked, (size_t)n * 4);
            x += n;
        }
    }
    h->result = XXH3_64bits_digest(state);
    XXH3_freeState(state);
}

static uint64_t hash_frame(const Frame *f) {
    const Buffer *b = f->picture.buffer;
    const BufferPlane *plane = &b->planes[0];
    const uint8_t *pixels = buffer_begin_read(b);
    if (!pixels) return 0;
    Hashing h = {.buffer = b, .pixels = pixels};
    if (buffer_is_safe(b))
        hash_rows(&h);
    else
        guard_run(plane->pool->map, plane->pool->mapped, hash_rows, &h);
    buffer_end_read(b);
    return h.result;
}

/* --- recording ---------------------------------------------------------------------------------------------------- */

bool recorder_is_on(const Eye *eye) { return eye->recorder->fd >= 0; }

static void report(Eye *eye, const char *type, const EyeRecordedLine *line) {
    lines_report(eye, type, &EyeRecordedLine_shape, line);
    stats_changed(eye);
}

static void end_recording(Recorder *rec, const char *why) {
    if (rec->fd < 0) return;
    fdatasync(rec->fd);
    fd_closep(&rec->fd);
    EyeRecordedLine line = {.path = str(rec->path), .steps = (int64_t)rec->n_steps};
    GIVE(EyeRecordedLine, &line, bytes, (int64_t)rec->n_bytes);
    if (why) GIVE(EyeRecordedLine, &line, detail, str(why));
    report(rec->eye, "recorded", &line);
}

static void flush(Recorder *rec) {
    while (rec->out.n) {
        ssize_t n = write(rec->fd, rec->out.p, rec->out.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            char why[200];
            snprintf(why, sizeof why, "the recording cannot be written: %s", strerror(errno));
            buf_clear(&rec->out);
            end_recording(rec, why);
            return;
        }
        rec->n_bytes += (uint64_t)n;
        buf_drop(&rec->out, (size_t)n);
    }
}

static void put_header(Recorder *rec) {
    const EyeConfig *c = &rec->eye->config;
    JsonOut o = json_out(&rec->out);
    json_begin_object(&o);
    json_kv_str(&o, "type", STR("recording"));
    json_kv_i64(&o, "version", 1);
    json_kv_str(&o, "id", c->id);
    json_kv_i64(&o, "width", rec->eye->output->width);
    json_kv_i64(&o, "height", rec->eye->output->height);
    json_kv_bool(&o, "lockstep", c->lockstep);
    json_kv_str(&o, "clock", str(enum_word(&EyeTime_enum, (int)c->clock)));
    json_kv_i64(&o, "hz", c->hz);
    json_kv_i64(&o, "seed", c->seed);
    json_key(&o, STR("program"));
    json_begin_array(&o);
    for (size_t i = 0; c->program && i < c->program->argv.n; i++) json_put_str(&o, c->program->argv.items[i]);
    json_end_array(&o);
    json_end_object(&o);
    buf_add_c(&rec->out, '\n');
}

int recorder_start(Eye *eye, Str path, Err *e) {
    Recorder *rec = eye->recorder;
    if (rec->fd >= 0) return err_fail(e, ERR_CONFLICT, "a recording is being written to %s", rec->path);
    if (path.n >= sizeof rec->path || path.p[0] != '/')
        return err_fail(e, ERR_INVALID, "the path of a recording is absolute");
    snprintf(rec->path, sizeof rec->path, STR_FMT, STR_ARG(path));
    rec->fd = open(rec->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (rec->fd < 0) return err_sys(e, "%s cannot be written", rec->path);
    rec->n_steps = rec->n_bytes = 0;
    vec_clear(&rec->inputs);
    buf_clear(&rec->out);
    put_header(rec);
    stats_changed(eye);
    return 0;
}

int recorder_stop(Eye *eye, Err *e) {
    Recorder *rec = eye->recorder;
    if (rec->fd < 0) return err_fail(e, ERR_CONFLICT, "nothing is being recorded");
    flush(rec);
    end_recording(rec, NULL);
    return 0;
}

void recorder_step(Eye *eye, const StepRequest *r) {
    Recorder *rec = eye->recorder;
    rec->frames = r->frames;
    rec->dt_ns = r->dt_ns;
}

void recorder_input(Eye *eye, const EyeInput *in) {
    Recorder *rec = eye->recorder;
    if (rec->fd >= 0 && rec->inputs.n < EYE_ABI_INPUTS_MAX) vec_push(&rec->inputs, *in);
}

static void put_line(Recorder *rec, const Frame *f, uint64_t hash) {
    JsonOut o = json_out(&rec->out);
    json_begin_object(&o);
    json_kv_i64(&o, "s", (int64_t)f->step);
    if (rec->frames > 1) json_kv_i64(&o, "f", rec->frames);
    if (rec->dt_ns) json_kv_i64(&o, "d", rec->dt_ns);
    if (rec->inputs.n) {
        json_key(&o, STR("i"));
        json_begin_array(&o);
        vec_each(&rec->inputs, in) {
            const int64_t v[] = {in->kind, in->code, in->a, in->b, in->at};
            json_begin_array(&o);
            for (size_t i = 0; i < COUNT_OF(v); i++) json_put_i64(&o, v[i]);
            json_end_array(&o);
        }
        json_end_array(&o);
    }
    char hex[17];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)hash);
    json_kv_str(&o, "h", str(hex));
    json_end_object(&o);
    buf_add_c(&rec->out, '\n');
    vec_clear(&rec->inputs);
    rec->n_steps++;
    if (rec->out.n > FLUSH_BYTES) flush(rec);
}

/* --- replay ------------------------------------------------------------------------------------------------------- */

static void end_replay(Recorder *rec, const char *why) {
    EyeRecordedLine line = {.path = str(rec->replayed), .steps = (int64_t)rec->n_replayed};
    if (rec->differs_at >= 0) GIVE(EyeRecordedLine, &line, differs_at, rec->differs_at);
    if (why) GIVE(EyeRecordedLine, &line, detail, str(why));
    buf_done(&rec->script);
    rec->script = (Buf){0};
    buf_init(&rec->script, REPLAY_MAX);
    rec->rest = (Str){0};
    consumers_give_lease(rec->eye);
    report(rec->eye, "replayed", &line);
}

void recorder_frame(Eye *eye, const Frame *f) {
    Recorder *rec = eye->recorder;
    if (rec->fd < 0 && !rec->has_wanted) return;
    uint64_t hash = hash_frame(f);
    if (rec->has_wanted && hash != rec->wanted_hash && rec->differs_at < 0) rec->differs_at = (int64_t)rec->n_replayed;
    rec->has_wanted = false;
    if (rec->fd >= 0) put_line(rec, f, hash);
}

static bool parse_inputs(const Json *list, EyeInput *inputs, uint32_t *ret_n) {
    *ret_n = 0;
    if (!list) return true;
    if (list->type != JSON_ARRAY || list->n > EYE_ABI_INPUTS_MAX) return false;
    for (size_t i = 0; i < list->n; i++) {
        const Json *v = &list->items[i];
        int64_t n[5];
        if (v->type != JSON_ARRAY || v->n != COUNT_OF(n)) return false;
        for (size_t k = 0; k < COUNT_OF(n); k++) {
            if (v->items[k].type != JSON_INT) return false;
            n[k] = v->items[k].i;
        }
        inputs[(*ret_n)++] = (EyeInput){(uint16_t)n[0], (uint16_t)n[1], (int32_t)n[2], (int32_t)n[3], (uint32_t)n[4]};
    }
    return true;
}

static bool replay_line(Recorder *rec, Str line) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root;
    Err e = {0};
    EyeInput inputs[EYE_ABI_INPUTS_MAX];
    StepRequest r = {.inputs = inputs};
    if (json_parse(a, line, JSON_DEPTH_REQUEST, &root, &e) < 0) return false;
    Str hash = json_str(root, "h");
    if (!parse_inputs(json_get(root, "i"), inputs, &r.n_inputs) || hash.n != 16) return false;
    char hex[17] = {0};
    memcpy(hex, hash.p, 16);
    rec->wanted_hash = strtoull(hex, NULL, 16);
    rec->has_wanted = true;
    int64_t frames = json_i64(root, "f", 1), dt = json_i64(root, "d", 0);
    if (frames < 1 || frames > 100000 || dt < 0 || dt > UINT32_MAX) return false;
    r.number = (uint64_t)json_i64(root, "s", 0);
    r.frames = (uint32_t)frames;
    r.dt_ns = (uint32_t)dt;
    step_release_current(rec->eye);
    return step_begin(rec->eye, &r);
}

static void on_next(void *data) {
    Recorder *rec = data;
    Str line;
    if (!rec->rest.p || step_is_busy(rec->eye->step)) return;
    if (!str_split(&rec->rest, '\n', &line) || !line.n)
        end_replay(rec, NULL);
    else if (!replay_line(rec, line))
        end_replay(rec, "a line of the recording cannot be read");
}

void recorder_stepped(Eye *eye) {
    Recorder *rec = eye->recorder;
    if (!rec->rest.p) return;
    rec->n_replayed++;
    wl_event_loop_add_idle(eye->loop, on_next, rec);
}

static int read_whole(Recorder *rec, const char *path, Err *e) {
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return err_sys(e, "%s cannot be read", path);
    if (!S_ISREG(st.st_mode)) return err_fail(e, ERR_INVALID, "%s is not a file", path);
    char room[65536];
    for (ssize_t n = read(fd, room, sizeof room); n > 0; n = read(fd, room, sizeof room)) {
        if (!buf_add(&rec->script, room, (size_t)n))
            return err_fail(e, ERR_TOO_LARGE, "%s is too large to be replayed", path);
    }
    return 0;
}

static int check_header(Recorder *rec, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str line;
    Json *root;
    rec->rest = buf_str(&rec->script);
    if (!str_split(&rec->rest, '\n', &line)) return err_fail(e, ERR_INVALID, "the recording is empty");
    TRY(json_parse(a, line, JSON_DEPTH_REQUEST, &root, e));
    if (!str_is(json_str(root, "type"), "recording") || json_i64(root, "version", 0) != 1)
        return err_fail(e, ERR_INVALID, "this file is not a recording");
    const Output *o = rec->eye->output;
    int64_t width = json_i64(root, "width", 0), height = json_i64(root, "height", 0);
    if (width != o->width || height != o->height)
        return err_fail(e, ERR_CONFLICT, "the recording has %lldx%lld pixels, the eye %dx%d", (long long)width,
                        (long long)height, o->width, o->height);
    return 0;
}

int recorder_replay(Eye *eye, Str path, Err *e) {
    Recorder *rec = eye->recorder;
    if (!eye->config.lockstep) return err_fail(e, ERR_CONFLICT, "a replay needs an eye in lockstep");
    if (rec->rest.p) return err_fail(e, ERR_CONFLICT, "a replay is running");
    if (path.n >= sizeof rec->replayed) return err_fail(e, ERR_INVALID, "the path is too long");
    snprintf(rec->replayed, sizeof rec->replayed, STR_FMT, STR_ARG(path));
    buf_clear(&rec->script);
    int r = read_whole(rec, rec->replayed, e);
    if (r == 0) r = check_header(rec, e);
    if (r < 0) {
        rec->rest = (Str){0};
        return r;
    }
    rec->n_replayed = 0;
    rec->differs_at = -1;
    consumers_take_lease(eye);
    on_next(rec);
    return 0;
}

void recorder_init(Eye *eye) {
    Recorder *rec = eye->recorder = mu_new(Recorder);
    *rec = (Recorder){.eye = eye, .fd = -1, .differs_at = -1};
    buf_init(&rec->out, 4 << 20);
    buf_init(&rec->script, REPLAY_MAX);
}

void recorder_done(Eye *eye) {
    Recorder *rec = eye->recorder;
    if (rec->fd < 0) return;
    flush(rec);
    end_recording(rec, "the eye ended");
}
