#include "adapter/replay.h"

#include <fts.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"

enum { OUT_MAX = 64 * 1024 * 1024, SAVED_MAX = 2 * ADAPTER_STATE_MAX };

static ReplayRecord exit_record(const Json *line) {
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"SIGHUP", 1}, {"SIGINT", 2}, {"SIGQUIT", 3}, {"SIGKILL", 9}, {"SIGTERM", 15}};
    ReplayRecord r = {.kind = REPLAY_EXIT, .code = (int)json_i64(line, "code", -1)};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        if (str_is(json_str(line, "sig"), signals[i].name)) r.signal = signals[i].number;
    return r;
}

static ReplayRecord record_of(const Json *line) {
    Str dir = json_str(line, "dir");
    const Json *inner = json_get(line, "line");
    if (str_is(dir, "exit")) return exit_record(line);
    if (str_is(dir, "err")) return (ReplayRecord){.kind = REPLAY_ERR, .bytes = json_str(line, "text")};
    if (!dir.n) return (ReplayRecord){.kind = REPLAY_OUT, .bytes = line->raw};
    return (ReplayRecord){.kind = str_is(dir, "in") ? REPLAY_IN : REPLAY_OUT, .bytes = inner ? inner->raw : STR("")};
}

int replay_parse(Str file, Arena *a, Replay *ret, Err *e) {
    VEC(ReplayRecord) v = {0};
    Str line;
    while (str_split(&file, '\n', &line)) {
        Json *root;
        if (!str_trim(line).n) continue;
        int failed = json_parse(a, line, JSON_DEPTH_MAX, &root, e);
        if (failed) {
            vec_done(&v);
            return failed;
        }
        vec_push(&v, record_of(root));
    }
    ret->items = arena_array(a, v.n + 1, sizeof *ret->items);
    ret->n = v.n;
    for (size_t i = 0; i < v.n; i++) ret->items[i] = v.items[i];
    vec_done(&v);
    return 0;
}

/* --- all recordings of a folder --- */

#define RECORDING_END ".jsonl"
#define EVENTS_END ".events.jsonl"

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

/* Without its last `ending` and with another one in its place. */
static bool has_sibling(Arena *a, Str path, const char *ending, const char *other) {
    Str stem = str_upto(path, path.n - strlen(ending));
    return access(arena_fmt(a, STR_FMT "%s", STR_ARG(stem), other).p, F_OK) == 0;
}

static int visit(const FTSENT *f, Str below, ReplayEach fn, void *arg, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str path = str(f->fts_path), rest = str_from(path, below.n + 1), name;
    bool is_events = str_ends(path, STR(EVENTS_END));
    str_split(&rest, '/', &name);
    const Adapter *adapter = adapter_find(name);
    if (!adapter) return err_fail(e, ERR_INVALID, "%s: unknown adapter `" STR_FMT "`", f->fts_path, STR_ARG(name));
    if (!str_ends(path, STR(RECORDING_END)) || f->fts_level != 3)
        return err_fail(e, ERR_INVALID, "%s is not a recording ADAPTER/GROUP/NAME.jsonl", f->fts_path);
    if (is_events && !has_sibling(a, path, EVENTS_END, RECORDING_END))
        return err_fail(e, ERR_INVALID, "%s: there is no recording beside it", f->fts_path);
    if (!is_events) fn(arg, adapter, f->fts_path);
    return 0;
}

int replay_each(const char *folder, ReplayEach fn, void *arg, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    char *const roots[] = {arena_cstr(a, str(folder)), NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree) return err_sys(e, "open %s", folder);
    int r = 0;
    for (FTSENT *f; r >= 0 && (f = fts_read(tree));)
        if (f->fts_level > 1 && f->fts_info != FTS_D && f->fts_info != FTS_DP) r = visit(f, str(folder), fn, arg, e);
    fts_close(tree);
    return r;
}

/* --- one recording --- */

static void print(ReplayRun *r, const char *type, const Shape *shape, const void *value) {
    JsonOut o = json_out(&r->out);
    json_begin_object(&o);
    json_kv_str(&o, "type", str(type));
    json_key(&o, STR("payload"));
    shape_encode(shape, value, &o);
    json_end_object(&o);
    buf_add_c(&r->out, '\n');
}

static void print_status(ReplayRun *r) { print(r, "status", &AgentStatus_shape, r->status.now); }

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    ReplayRun *r = arg;
    if (kind != EV_KIND_STATE) print(r, agent_events[kind].word, agent_events[kind].shape, value);
    if (status_event(&r->status, kind, value, r->at, r->arena)) print_status(r);
}

static void on_reply(void *arg, Str bytes) {
    ReplayRun *r = arg;
    buf_add_str(&r->out, STR("{\"type\":\"reply\",\"payload\":"));
    buf_add_str(&r->out, str_trim(bytes));
    buf_add_str(&r->out, STR("}\n"));
}

void replay_begin(ReplayRun *r, const Adapter *a) {
    *r = (ReplayRun){.adapter = a, .arena = arena_new()};
    buf_init(&r->out, OUT_MAX);
    a->open((Str){0}, &r->state, NULL);
    status_init(&r->status, 0, r->arena);
    status_act(&r->status, ACT_LAUNCHED, (Str){0}, 0, r->arena);
}

void replay_step(ReplayRun *r, const ReplayRecord *record) {
    AdapterSink sink = {.event = on_event, .reply = on_reply, .arg = r};
    r->at += 1000000;
    AdapterLine line = {
        .channel = record->kind == REPLAY_ERR ? ADAPTER_STDERR : ADAPTER_STDOUT,
        .bytes = record->bytes,
        .at = r->at,
    };
    if (record->kind == REPLAY_EXIT)
        r->adapter->exited(r->state, record->code, record->signal, false, &sink);
    else if (record->kind == REPLAY_IN)
        r->adapter->input(r->state, record->bytes, r->at, &sink);
    else
        r->adapter->line(r->state, &line, &sink);
}

void replay_save(const ReplayRun *r, Buf *out) {
    CLEANUP(buf_done) Buf adapter;
    buf_init(&adapter, ADAPTER_STATE_MAX);
    r->adapter->save(r->state, &adapter);
    JsonOut o = json_out(out);
    json_begin_object(&o);
    json_kv_i64(&o, "at", r->at);
    json_kv_raw(&o, "adapter", adapter.failed ? STR("null") : buf_str(&adapter));
    json_key(&o, STR("status"));
    shape_encode(&StatusState_shape, &r->status, &o);
    json_end_object(&o);
}

static int load(ReplayRun *r, Str saved, Err *e) {
    Json *root;
    TRY(json_parse(r->arena, arena_str(r->arena, saved), JSON_DEPTH_REQUEST, &root, e));
    const Json *adapter = json_get(root, "adapter");
    r->at = json_i64(root, "at", 0);
    TRY(shape_decode(&StatusState_shape, json_get(root, "status"), r->arena, &r->status, e));
    return r->adapter->open(adapter ? adapter->raw : (Str){0}, &r->state, e);
}

int replay_load(ReplayRun *r, const Adapter *a, Str saved, Err *e) {
    *r = (ReplayRun){.adapter = a, .arena = arena_new()};
    buf_init(&r->out, OUT_MAX);
    int failed = load(r, saved, e);
    if (failed) replay_done(r);
    return failed;
}

void replay_done(ReplayRun *r) {
    if (r->state) r->adapter->close(r->state);
    arena_free(r->arena);
    buf_done(&r->out);
    *r = (ReplayRun){0};
}
