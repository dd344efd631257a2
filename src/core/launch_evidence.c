/* See launch_evidence.h. */
#include "core/launch_evidence.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/error_mask.h"
#include "core/launch_sql.h"
#include "core/launches.h"
#include "sys/file.h"
#include "sys/process_list.h"

ENUM_DEFINE(RunWord, RUN_STATE_WORDS);
ENUM_DEFINE(DeriveWord, DERIVE_STATE_WORDS);
ENUM_DEFINE(MemoryMeasure, MEMORY_MEASURES);
SHAPE_DEFINE(HoldEvidence, HOLD_EVIDENCE);
SHAPE_DEFINE(LastOutput, LAST_OUTPUT);
SHAPE_DEFINE(LogEvidence, LOG_EVIDENCE);
SHAPE_DEFINE(MemoryEvidence, MEMORY_EVIDENCE);
SHAPE_DEFINE(ProcessEvidence, PROCESS_EVIDENCE);

enum { PROBLEMS_MAX = 8, COMMANDS_MS = 500, COMMAND_SHOWN = 1000 };

typedef struct Look {
    App *app;
    const LaunchRow *launch;
    Arena *arena;
    LaunchEvidence *ret;
    int dirfd; /* streams/<launch>, -1: there is none */
    int64_t hold_pid, sampled_bytes, read_at;
    bool has_run; /* the daemon follows it */
} Look;

static void add_problem(Look *x, Str text) {
    StrList *l = &x->ret->problems;
    if (!l->items) l->items = arena_array(x->arena, PROBLEMS_MAX, sizeof(Str));
    if (l->n < PROBLEMS_MAX) l->items[l->n++] = arena_str(x->arena, text);
}

/* --- the hold --- */

static void take_flags(HoldEvidence *h, uint32_t flags) {
    if (flags & HOLD_IS_FULL) GIVE(HoldEvidence, h, is_full, true);
    if (flags & HOLD_IS_BACKLOGGED) GIVE(HoldEvidence, h, is_backlogged, true);
    if (flags & HOLD_IS_STOPPING) GIVE(HoldEvidence, h, is_stopping, true);
    if (flags & HOLD_IS_EXITED) GIVE(HoldEvidence, h, is_exited, true);
    if (flags & HOLD_IS_SUSPENDED) GIVE(HoldEvidence, h, is_suspended, true);
    if (flags & HOLD_STDIN_CLOSED) GIVE(HoldEvidence, h, is_input_closed, true);
}

static void take_run(void *arg) {
    static const RunWord states[RUN_N] = {[RUN_PREPARING] = RUN_WORD_PREPARING,
                                          [RUN_CALLING] = RUN_WORD_CALLING,
                                          [RUN_LINKED] = RUN_WORD_LINKED,
                                          [RUN_ORPHANED] = RUN_WORD_ORPHANED,
                                          [RUN_ENDED_PREPARING] = RUN_WORD_ENDED,
                                          [RUN_ENDED_CALLING] = RUN_WORD_ENDED,
                                          [RUN_OVER] = RUN_WORD_ENDED,
                                          [RUN_CLOSING] = RUN_WORD_ENDED};
    static const DeriveWord derives[] = {[DERIVE_IDLE] = DERIVE_WORD_IDLE,
                                         [DERIVE_WANTED] = DERIVE_WORD_WANTED,
                                         [DERIVE_RUNNING] = DERIVE_WORD_RUNNING,
                                         [DERIVE_AGAIN] = DERIVE_WORD_RUNNING,
                                         [DERIVE_FAILED] = DERIVE_WORD_FAILED};
    Look *x = arg;
    HoldEvidence *h = &x->ret->hold;
    const Run *r = map_find(&x->app->launches->runs, x->launch->id);
    if (!r) return;
    x->has_run = true;
    x->hold_pid = r->hold_pid;
    x->sampled_bytes = r->facts.rss_bytes;
    h->state = states[r->state];
    if (r->heard_at) GIVE(HoldEvidence, h, heard_at, r->heard_at);
    if (r->link) take_flags(h, holdlink_head(r->link)->flags);
    h->inputs_accepted = r->n_acked;
    h->inputs_delivered = r->n_delivered;
    GIVE(LogEvidence, &x->ret->log, derivation, derives[r->derive]);
}

static void look_at_hold(Look *x) {
    HoldEvidence *h = &x->ret->hold;
    bool is_held;
    Err e = {0};
    h->state = RUN_WORD_ENDED;
    h->inputs = x->launch->n_inputs;
    loop_call(x->app->loop, take_run, x);
    if (x->hold_pid) GIVE(HoldEvidence, h, pid, x->hold_pid);
    if (x->dirfd < 0) return;
    if (launch_lock_is_held(x->dirfd, &is_held, &e) < 0)
        add_problem(x, arena_fmt(x->arena, "whether a hold is alive is not known: %s", e.text));
    else
        GIVE(HoldEvidence, h, has_lock, is_held);
}

/* --- the log --- */

static void give_last(Look *x, const LaunchFrame *f) {
    LastOutput *last = arena_new_in(x->arena, LastOutput);
    *last = (LastOutput){.at = f->frame.at,
                         .channel = f->frame.channel == HOLD_STDERR ? STR("stderr") : STR("stdout"),
                         .offset = (int64_t)f->offset,
                         .size = (int64_t)f->frame.bytes.n};
    GIVE(LogEvidence, &x->ret->log, last, last);
}

static int read_log(Look *x, Err *e) {
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    LaunchFrame last;
    bool is_found = false;
    uint64_t end = 0;
    TRY(launchlog_open(x->dirfd, &log, e));
    TRY(launchlog_last_output(log, &last, &is_found, &end, e));
    x->ret->log.end = (int64_t)end;
    if (is_found) give_last(x, &last);
    return 0;
}

static void look_at_log(Look *x) {
    LogEvidence *log = &x->ret->log;
    Err e = {0};
    log->derived = log->end = x->launch->seen > x->launch->derived ? x->launch->seen : x->launch->derived;
    if (x->dirfd >= 0 && read_log(x, &e) < 0) add_problem(x, arena_fmt(x->arena, "the log cannot be read: %s", e.text));
    log->backlog = log->end > log->derived ? log->end - log->derived : 0;
}

/* --- processes --- */

/* A process started so many clock ticks after the machine did. */
static TimeUs started_at(const Look *x, uint64_t ticks) {
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    int64_t up_us = up.tv_sec * 1000000ll + up.tv_nsec / 1000;
    return x->read_at - up_us + (int64_t)ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

static ProcessEvidence evidence_of(const Look *x, const ProcessRow *p) {
    char state[2] = {p->look.state, 0};
    ProcessEvidence v = {.pid = p->pid,
                         .parent = p->look.parent,
                         .program = error_mask(x->arena, str(p->look.name), sizeof p->look.name),
                         .state = arena_str(x->arena, str(state)),
                         .rss_bytes = p->look.rss_bytes,
                         .cpu_ms = p->look.cpu_ms,
                         .started_at = started_at(x, p->look.start)};
    if (p->command.n) GIVE(ProcessEvidence, &v, command, error_mask(x->arena, p->command, COMMAND_SHOWN));
    if (p->pid == x->hold_pid) GIVE(ProcessEvidence, &v, is_hold, true);
    return v;
}

/* A hold that the daemon has no connection to, as after a restart: by its name and the folder that it was started with. */
static void find_hold(Look *x, const ProcessList *all) {
    ProcessList holds = {.items = arena_array(x->arena, all->n + 1, sizeof(ProcessRow))};
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->items[i].look.name, "muster-hold") == 0) holds.items[holds.n++] = all->items[i];
    if (!holds.n || !process_read_commands(&holds, COMMANDS_MS, x->arena)) return;
    for (size_t i = 0; i < holds.n; i++)
        if (str_ends(holds.items[i].command, x->launch->id)) x->hold_pid = holds.items[i].pid;
    if (x->hold_pid) GIVE(HoldEvidence, &x->ret->hold, pid, x->hold_pid);
}

static int64_t sum_memory(const Look *x, const ProcessList *own) {
    int64_t sum = 0;
    for (size_t i = 0; i < own->n; i++)
        if (own->items[i].pid != x->hold_pid) sum += own->items[i].look.rss_bytes;
    return sum;
}

static int64_t look_at_processes(Look *x) {
    LaunchEvidence *ret = x->ret;
    ProcessList all, own = {0};
    x->read_at = clock_now_us();
    process_list(EVIDENCE_LOOKED_MAX, x->arena, &all);
    if (!x->hold_pid) find_hold(x, &all);
    if (x->hold_pid) process_below(&all, x->hold_pid, EVIDENCE_LOOKED_MAX, x->arena, &own);
    ret->n_processes = (int64_t)own.n;
    ret->is_cut = own.is_cut || own.n > EVIDENCE_PROCESSES_MAX;
    int64_t sum = sum_memory(x, &own);
    if (own.n > EVIDENCE_PROCESSES_MAX) own.n = EVIDENCE_PROCESSES_MAX;
    if (own.n && !process_read_commands(&own, COMMANDS_MS, x->arena))
        add_problem(x,
                    STR("the arguments of the processes cannot be read: one of them, or of another agent's, does not "
                        "let its memory be read"));
    ret->processes.items = arena_array(x->arena, own.n + 1, sizeof(ProcessEvidence));
    for (size_t i = 0; i < own.n; i++) ret->processes.items[ret->processes.n++] = evidence_of(x, &own.items[i]);
    return sum;
}

/* --- memory --- */

static bool read_number(int dirfd, const char *name, int64_t *ret) {
    char text[32];
    CLEANUP(fd_closep) int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    return n > 0 && str_parse_i64(str_trim(str_n(text, (size_t)n)), 0, INT64_MAX, ret);
}

/* The cgroup that the hold recorded, if the file names this launch. */
static int open_cgroup(const Look *x) {
    char path[512], own[64];
    CLEANUP(fd_closep) int note = x->dirfd < 0 ? -1 : openat(x->dirfd, "cgroup", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = note < 0 ? -1 : read(note, path, sizeof path - 1);
    if (n <= 0) return -1;
    path[n] = 0;
    snprintf(own, sizeof own, "/muster-" STR_FMT, STR_ARG(str_upto(x->launch->id, 40)));
    return str_ends(str(path), str(own)) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static void look_at_limit(Look *x, MemoryEvidence *m, int cgroup) {
    Json *spec = NULL;
    int64_t bytes;
    bool is_read = json_parse(x->arena, x->launch->spec, JSON_DEPTH_MAX, &spec, NULL) >= 0;
    const Json *limits = is_read ? json_get(spec, "limits") : NULL;
    if (json_i64(limits, "memoryBytes", 0) > 0 && str_is(json_str(limits, "mechanism"), "sampled")) {
        GIVE(MemoryEvidence, m, limit_bytes, json_i64(limits, "memoryBytes", 0));
        GIVE(MemoryEvidence, m, limited_by, STR("sampled"));
    } else if (cgroup >= 0 && read_number(cgroup, "memory.max", &bytes)) {
        GIVE(MemoryEvidence, m, limit_bytes, bytes);
        GIVE(MemoryEvidence, m, limited_by, STR("cgroup"));
    }
}

static void look_at_memory(Look *x, int64_t sum) {
    MemoryEvidence *m = &x->ret->memory;
    CLEANUP(fd_closep) int cgroup = open_cgroup(x);
    bool is_counted = cgroup >= 0 && read_number(cgroup, "memory.current", &m->used_bytes);
    m->measured_by = is_counted ? MEMORY_CGROUP : MEMORY_SUM;
    if (!is_counted) m->used_bytes = sum;
    x->ret->has_memory = is_counted || x->ret->n_processes > 0;
    if (x->has_run && x->sampled_bytes > 0) GIVE(MemoryEvidence, m, sampled_bytes, x->sampled_bytes);
    look_at_limit(x, m, cgroup);
}

void launch_evidence(App *app, const LaunchRow *l, Arena *a, LaunchEvidence *ret) {
    char path[64];
    snprintf(path, sizeof path, "streams/" STR_FMT, STR_ARG(str_upto(l->id, 40)));
    CLEANUP(fd_closep) int dirfd = openat(app->home_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    Look x = {.app = app, .launch = l, .arena = a, .ret = ret, .dirfd = dirfd};
    *ret = (LaunchEvidence){0};
    look_at_hold(&x);
    look_at_log(&x);
    bool is_alive = !HAS(LaunchRow, l, ended_at) || ret->hold.has_lock;
    if (is_alive) look_at_memory(&x, look_at_processes(&x));
}

int launch_mark_silent(Tx *tx, Str launch_id, TimeUs since, bool *ret_is_silent, Err *e) {
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_launch_set_silent, DB_ARGS(db_text(launch_id), db_i64(since)), &changed, e));
    *ret_is_silent = changed > 0;
    return 0;
}
