/* See dispatch.h.
 *
 * Invariant: an OpTask belongs to exactly one thread at a time, the loop's or one pool thread's; a job's submission and
 * its completion hand it over, so no field needs a lock. Touching a task on the loop while its job runs breaks this;
 * only `turn` is the loop's alone, so that a handler can have it ended (op_leave_turn).
 * A task with a subject goes to a worker (which decodes the input and finds the subject), waits on the loop for its
 * turn, and then goes to the pool of its row. */
#define LOG_MODULE "op"
#include "core/dispatch.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/error_log.h"
#include "core/op_body.h"
#include "core/op_call.h"
#include "core/org.h"
#include "core/subject.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { TEXTS_MAX = 32, ANSWER_MAX = 33 << 20, CURSORS_MAX = 8192, SPARE_MAX = 16, SPARE_BYTES = 16 << 10 };

/* The progress of a task. */
typedef enum Stage {
    STAGE_NEW,
    STAGE_READY,   /* its input is decoded */
    STAGE_ANSWERED /* status and body are set */
} Stage;

struct OpTask {
    Stage stage;
    OpCall call;
    void *in, *out;
    Str subject;      /* prefixed by its class; {NULL,0} when the row has none */
    Str next;         /* while its first part has not ended: the subject of the handler */
    SubjectTurn turn; /* its key is empty before subject_enter and after subject_leave */
    Principal who;
    Str names[TEXTS_MAX], values[TEXTS_MAX];
    int n_texts;
    bool is_over_rest;
    Str running_key; /* principal and key, {NULL,0} without a key */
    Str json;
    unsigned from_mask;
    OpDoneFn on_done;
    void *arg;
    int status;
    Buf body;
    List parked; /* head: tasks that wait for this task's key */
    List link;   /* in another task's `parked` */
};

struct Dispatch {
    Map running; /* principal and key → OpTask* */
    Subjects subjects;
    List recoveries;         /* of op_recover.c */
    Arena *spare[SPARE_MAX]; /* of finished tasks: each needs a block of 16 KiB, which is slow to malloc */
    int n_spare;
};

Subjects *dispatch_subjects(Dispatch *d) { return &d->subjects; }

List *dispatch_recoveries(Dispatch *d) { return &d->recoveries; }

Dispatch *dispatch_new(void) {
    Dispatch *d = mu_new(Dispatch);
    list_init(&d->recoveries);
    return d;
}

void dispatch_free(Dispatch *d) {
    if (!d) return;
    map_done(&d->running);
    op_recoveries_free(&d->recoveries);
    subjects_done(&d->subjects);
    while (d->n_spare > 0) arena_free(d->spare[--d->n_spare]);
    free(d);
}

static Arena *take_arena(Dispatch *d) { return d->n_spare > 0 ? d->spare[--d->n_spare] : arena_new(); }

static void give_arena(Dispatch *d, Arena *a) {
    if (d->n_spare == SPARE_MAX || arena_used(a) > SPARE_BYTES) {
        arena_free(a);
        return;
    }
    arena_reset(a);
    d->spare[d->n_spare++] = a;
}

static void end_turn(OpTask *t) {
    if (!t->turn.key.n) return;
    subject_leave(&t->call.app->dispatch->subjects, &t->turn);
    t->turn.key = (Str){0};
}

static void on_leave(void *arg) { end_turn(arg); }

/* On the call's thread. Its completion is posted later, so the turn has ended by then. */
static void leave_turn(OpCall *c) { loop_post(c->app->loop, on_leave, container_of(c, OpTask, call)); }

OpTask *op_task_new(App *app, const Op *op, const Principal *who) {
    Arena *arena = take_arena(app->dispatch);
    OpTask *t = arena_new_in(arena, OpTask);
    t->who = *who;
    t->call = (OpCall){.app = app, .op = op, .arena = arena, .who = &t->who, .leave_turn = leave_turn};
    buf_init(&t->call.cursors, CURSORS_MAX);
    buf_init(&t->body, ANSWER_MAX);
    list_init(&t->parked);
    list_init(&t->link);
    return t;
}

void op_task_over_rest(OpTask *t) { t->is_over_rest = true; }

void op_task_put_body(OpTask *t, const OpBody *body) { t->call.body = body; }

void op_task_drop(OpTask *t) {
    if (t->call.cancel_fd > 0) close(t->call.cancel_fd);
    buf_done(&t->call.cursors);
    buf_done(&t->body);
    give_arena(t->call.app->dispatch, t->call.arena);
}

int op_task_set_key(OpTask *t, Str key, Err *e) {
    bool is_good = key.n >= 1 && key.n <= OP_KEY_MAX;
    for (size_t i = 0; i < key.n && is_good; i++) is_good = key.p[i] > ' ' && key.p[i] <= '~';
    if (!is_good) {
        int r = err_fail(e, ERR_INVALID, "an Idempotency-Key must have 1 to %d visible ASCII characters", OP_KEY_MAX);
        err_detail(e, "Idempotency-Key", "must have 1 to %d visible ASCII characters", OP_KEY_MAX);
        return r;
    }
    if (!(t->call.op->flags & OP_WRITES)) return 0;
    t->call.key = arena_str(t->call.arena, key);
    t->running_key = arena_fmt(t->call.arena, "%s " STR_FMT, t->who.id, STR_ARG(key));
    return 0;
}

void op_task_put_text(OpTask *t, Str wire_name, Str text) {
    if (t->n_texts == TEXTS_MAX) return; /* no shape has more; an unknown name among the first is refused */
    t->names[t->n_texts] = arena_str(t->call.arena, wire_name);
    t->values[t->n_texts++] = arena_str(t->call.arena, text);
}

const Principal *op_task_who(const OpTask *t) { return &t->who; }

bool op_task_has_text(const OpTask *t, Str wire_name) {
    for (int i = 0; i < t->n_texts; i++)
        if (str_eq(t->names[i], wire_name)) return true;
    return false;
}

void op_task_put_json(OpTask *t, Str json, unsigned from_mask) {
    t->json = arena_str(t->call.arena, json);
    t->from_mask = from_mask;
}

static bool is_first_of_path(const Err *err, unsigned at) {
    for (unsigned i = 0; i < at; i++)
        if (strcmp(err->details[i].path, err->details[at].path) == 0) return false;
    return true;
}

/* Writes one member for each path, with all of its texts. */
static void put_details(JsonOut *o, const Err *err) {
    json_begin_object(o);
    for (unsigned i = 0; i < err->n_details; i++) {
        if (!is_first_of_path(err, i)) continue;
        json_key(o, str(err->details[i].path));
        json_begin_array(o);
        for (unsigned k = i; k < err->n_details; k++)
            if (strcmp(err->details[i].path, err->details[k].path) == 0) json_put_str(o, str(err->details[k].text));
        json_end_array(o);
    }
    json_end_object(o);
}

void op_put_error(const Err *err, JsonOut *o) {
    json_key(o, STR("error"));
    json_begin_object(o);
    json_kv_str(o, "code", str(err_word(err->code)));
    json_kv_str(o, "message", str(err->text));
    if (err->n_details) {
        json_key(o, STR("details"));
        put_details(o, err);
    }
    json_end_object(o);
}

void op_encode_error(const Err *err, Buf *out) {
    JsonOut o = json_out(out);
    json_begin_object(&o);
    op_put_error(err, &o);
    json_end_object(&o);
}

static int status_of(const Op *op) { return op->status ? op->status : op->out ? 200 : 204; }

static int decode_input(OpTask *t, const Shape *s, void *in, Err *e) {
    Arena *a = t->call.arena;
    shape_init(s, in);
    for (int i = 0; i < t->n_texts; i++) TRY(shape_put_text(s, t->names[i], t->values[i], a, in, e));
    if (str_trim(t->json).n) {
        Json *j = NULL;
        TRY(json_parse(a, t->json, JSON_DEPTH_REQUEST, &j, e));
        if (!json_is(j, JSON_OBJECT)) return err_fail(e, ERR_INVALID, "the body must be a JSON object");
        TRY(shape_put_json(s, j, t->from_mask, a, in, e));
    }
    return shape_check(s, in, e);
}

/* Keeps the input as canonical JSON, the source of digests, intents and the audit log. */
static void keep_input(OpTask *t, const void *in) {
    Buf b;
    buf_init(&b, 4 << 20);
    JsonOut o = json_out(&b);
    if (in) shape_encode(t->call.op->in, in, &o);
    t->call.input = arena_str(t->call.arena, in ? buf_str(&b) : STR("{}"));
    buf_done(&b);
    t->call.ids = op_ids(t->call.op->in, in, t->call.arena);
}

/* For an operation without input: refuses every field that was sent, by name. */
static int no_input(OpTask *t, Err *e) {
    static const Shape no_fields = {.name = "nothing", .size = sizeof(uint64_t)};
    uint64_t set;
    return decode_input(t, &no_fields, &set, e);
}

static bool is_cancelled(const OpCall *c) {
    struct pollfd p = {.fd = c->cancel_fd, .events = POLLIN};
    return c->cancel_fd > 0 && poll(&p, 1, 0) > 0;
}

/* Runs the next part of a call that waited for a launch's end, otherwise its first part or its handler. */
static int run_part(OpTask *t, Err *e) {
    OpCall *c = &t->call;
    if (is_cancelled(c)) return err_fail(e, ERR_CONFLICT, "%s was cancelled", c->op->name);
    OpRunFn part = c->then ? c->then : t->next.n ? c->op->before : c->op->run;
    c->then = NULL;
    bool is_read = c->db && !(c->op->flags & OP_WRITES) && c->op->where == ON_WORKER;
    if (is_read) TRY(db_read_begin(c->db, e));
    int r = part(c, t->in, t->out, e);
    if (is_read) db_read_end(c->db);
    return r;
}

/* Decodes the input. *ret_found: the key was used before, and the body is the stored result. */
static int prepare(OpTask *t, bool *ret_found, Err *e) {
    OpCall *c = &t->call;
    const Op *op = c->op;
    *ret_found = false;
    t->in = op->in ? arena_alloc(c->arena, op->in->size) : NULL;
    t->out = op->out ? arena_alloc(c->arena, op->out->size) : NULL;
    TRY(t->in ? decode_input(t, op->in, t->in, e) : no_input(t, e));
    if (t->in && c->db) TRY(org_check_input(c->app, c->db, c->who, op->in, t->in, e));
    t->status = status_of(op);
    if (!(op->flags & (OP_WRITES | OP_AUDITED))) return 0;
    keep_input(t, t->in);
    return c->key.n && c->db ? op_result_find(c, &t->body, ret_found, e) : 0;
}

/* While the task waited for its turn, a recovery may have finished an interrupted call with the same key. */
static int find_finished(OpTask *t, bool *ret, Err *e) {
    OpCall *c = &t->call;
    *ret = false;
    return c->key.n && t->subject.n && !c->then ? op_result_find(c, &t->body, ret, e) : 0;
}

/* An operation without a transaction of its own still leaves its audit entry, and its answer under its key. */
static bool owes_rows(const OpCall *c) {
    return (c->key.n && !c->has_result) || ((c->op->flags & OP_AUDITED) && !c->is_audited);
}

static int perform(OpTask *t, Err *e) {
    OpCall *c = &t->call;
    bool is_finished;
    TRY(find_finished(t, &is_finished, e));
    if (is_finished) {
        t->next = (Str){0};
        return 0;
    }
    TRY(run_part(t, e));
    if (c->then || t->next.n) return 0;
    if (c->db && owes_rows(c)) TRY(op_tx(c, NULL, NULL, t->out, e));
    JsonOut o = json_out(&t->body);
    if (t->out) shape_encode(c->op->out, t->out, &o);
    if (t->body.failed) return err_fail(e, ERR_TOO_LARGE, "the answer of %s is too large", c->op->name);
    return 0;
}

/* The id in a field of the decoded input; {NULL,0} when the operation has none. */
static Str id_in(const OpTask *t, const char *wire_name) {
    const Field *f = t->in ? shape_find(t->call.op->in, str(wire_name)) : NULL;
    return f && f->kind == FIELD_ID ? *(const Str *)((const char *)t->in + f->offset) : (Str){0};
}

/* Only internal failures: a caller's mistake is answered, not reported. */
static void report(const OpTask *t, const Err *e) {
    if (t->status < 500) return;
    error_log_add(t->call.app->errors, &(ErrorNote){.source = ERROR_FROM_ANSWER,
                                                    .name = str(err_word(e->code)),
                                                    .message = str(e->text),
                                                    .where = e->where,
                                                    .operation = str(t->call.op->name),
                                                    .request_id = t->call.key,
                                                    .agent_id = id_in(t, "agentId"),
                                                    .workspace_id = id_in(t, "workspaceId"),
                                                    .worktree_id = id_in(t, "worktreeId")});
}

static void answer_error(OpTask *t, const Err *e) {
    buf_done(&t->body);
    buf_init(&t->body, ANSWER_MAX);
    t->stage = STAGE_ANSWERED;
    t->status = err_http(e->code);
    op_encode_error(e, &t->body);
    report(t, e);
}

static void fail(OpTask *t, const Err *e) {
    answer_error(t, e);
    if (t->status >= 500) log_err(LOG_WARN, LOG_MODULE, t->call.op->name, e);
}

static void make_ready(OpTask *t) {
    Err e = {0};
    bool found;
    if (prepare(t, &found, &e) < 0)
        fail(t, &e);
    else
        t->stage = found ? STAGE_ANSWERED : STAGE_READY;
}

static void execute(OpTask *t) {
    Err e = {0};
    if (t->stage == STAGE_NEW) make_ready(t);
    if (t->stage == STAGE_ANSWERED || perform(t, &e) >= 0) return;
    if (e.code == ERR_OK) err_set(&e, ERR_INTERNAL, "%s failed without giving a reason", t->call.op->name);
    fail(t, &e);
}

static void release_key(OpTask *t) {
    Map *running = &t->call.app->dispatch->running;
    if (t->running_key.n && map_find(running, t->running_key) == t) map_remove(running, t->running_key);
}

/* A row with a media type has an answer of one text (op_table). */
static Str text_of(const OpTask *t) {
    const Op *op = t->call.op;
    if (!op->media || !t->out || t->stage == STAGE_ANSWERED) return (Str){0};
    return *(const Str *)((const char *)t->out + op->out->fields[0].offset);
}

/* Answers, then runs the tasks that waited for the same key: they find the stored result or do the work themselves. */
static void finish(void *arg) {
    OpTask *t = arg;
    end_turn(t);
    release_key(t);
    OpFile *file = t->stage == STAGE_ANSWERED ? NULL : t->call.file;
    OpAnswer a = {t->status, buf_str(&t->body), buf_str(&t->call.cursors), text_of(t), t->call.op, t->call.app, file};
    t->on_done(t->arg, &a);
    if (t->call.file) fd_closep(&t->call.file->fd);
    OpTask *waiting;
    while ((waiting = list_first(&t->parked, OpTask, link))) {
        list_remove(&waiting->link);
        op_task_run(waiting, waiting->on_done, waiting->arg);
    }
    op_task_drop(t);
}

static void refuse(OpTask *t, const Err *err) {
    answer_error(t, err);
    finish(t);
}

static void refuse_full(OpTask *t) {
    Err e = {0};
    err_set(&e, ERR_BUSY, "too many calls are waiting; try again in a second");
    refuse(t, &e);
}

static void end_part(void *arg);

static void run_on_thread(void *context, void *arg) {
    OpTask *t = arg;
    t->call.db = context;
    execute(t);
    loop_post(t->call.app->loop, end_part, t);
}

static void run_in_pool(OpTask *t) {
    const App *app = t->call.app;
    if (!pool_submit(t->call.op->where == ON_SLOW ? app->slow : app->workers, run_on_thread, t)) refuse_full(t);
}

static void begin_turn(SubjectTurn *turn) {
    OpTask *t = container_of(turn, OpTask, turn);
    const char *why = op_recovery_waits(t->call.app->dispatch, str(t->who.id), t->call.key);
    if (!why || !t->running_key.n) {
        run_in_pool(t);
        return;
    }
    Err e = {0};
    err_set(&e, ERR_BUSY, "the earlier call with this key was interrupted and cannot be settled yet: %s", why);
    refuse(t, &e);
}

/* "commit_changes of worktree wt_…": what others wait for. */
static Str turn_name(const OpTask *t) {
    Str worktree = id_in(t, "worktreeId"), workspace = id_in(t, "workspaceId");
    const char *of = worktree.n ? " of worktree " : workspace.n ? " of workspace " : "";
    return arena_fmt(t->call.arena, "%s%s" STR_FMT, t->call.op->name, of, STR_ARG(worktree.n ? worktree : workspace));
}

typedef struct WaitReport {
    Arena *arena; /* contains this struct */
    OpCall call;
    const char *step;
} WaitReport;

static void report_wait(void *context, void *arg) {
    WaitReport *r = arg;
    (void)context;
    op_progress(&r->call, r->step, 0, 0);
    arena_free(r->arena);
}

/* The task may end before its report is written. */
static void on_notice(SubjectTurn *turn) {
    const OpTask *t = container_of(turn, OpTask, turn);
    App *app = t->call.app;
    const SubjectTurn *ahead = subject_ahead(&app->dispatch->subjects, turn);
    if (!ahead) return;
    Arena *a = arena_new();
    WaitReport *r = arena_new_in(a, WaitReport);
    *r = (WaitReport){.arena = a, .call = {.app = app, .op = t->call.op, .key = arena_str(a, t->call.key)}};
    r->step = arena_fmt(a, "waits for " STR_FMT, STR_ARG(ahead->what)).p;
    if (!pool_submit(app->workers, report_wait, r)) arena_free(a);
}

static void on_give_up(SubjectTurn *turn) {
    OpTask *t = container_of(turn, OpTask, turn);
    const SubjectTurn *ahead = subject_ahead(&t->call.app->dispatch->subjects, turn);
    int64_t now = clock_mono_us();
    Err e = {0};
    err_set(&e, ERR_BUSY,
            STR_FMT
            " has been running for %lld s, and %s has waited %lld s for it; nothing was changed: try again when it "
            "has ended",
            STR_ARG(ahead ? ahead->what : STR("another call")),
            (long long)((now - (ahead ? ahead->since_us : now)) / 1000000), t->call.op->name,
            (long long)((now - turn->since_us) / 1000000));
    refuse(t, &e);
}

/* A call that has done a part of its work waits for its next turn however long. */
static void enter_turn(OpTask *t) {
    Subjects *all = &t->call.app->dispatch->subjects;
    all->loop = t->call.app->loop;
    all->wait_ms = t->call.app->turn_wait_ms;
    t->turn = (SubjectTurn){.begin = begin_turn, .what = turn_name(t)};
    if (!t->call.then) t->turn.notice = on_notice, t->turn.give_up = on_give_up;
    if (!subject_enter(&t->call.app->dispatch->subjects, &t->turn, t->subject)) refuse_full(t);
}

static void on_end(void *arg, LaunchWaited how) {
    OpTask *t = arg;
    t->call.waited = how;
    if (t->subject.n && !t->turn.key.n)
        enter_turn(t);
    else
        run_in_pool(t);
}

static void await_turn(void *arg) {
    OpTask *t = arg;
    if (t->stage == STAGE_ANSWERED) {
        finish(t);
        return;
    }
    if (!t->subject.n) {
        run_in_pool(t);
        return;
    }
    enter_turn(t);
}

static void end_part(void *arg) {
    OpTask *t = arg;
    if (t->stage != STAGE_ANSWERED && t->call.then) {
        if (t->call.then_apart) end_turn(t);
        launch_on_end(t->call.app, t->call.then_launch, t->call.then_ms, on_end, t);
    } else if (t->stage != STAGE_ANSWERED && t->next.n) {
        end_turn(t);
        t->subject = t->next;
        t->next = (Str){0};
        await_turn(t);
    } else {
        finish(t);
    }
}

static int subject_of(OpTask *t, OpSubjectFn fn, Str *ret, Err *e) {
    Str subject = {0};
    TRY(fn(&t->call, t->in, &subject, e));
    *ret = !subject.n ? subject : op_subject_key(t->call.arena, t->call.op->flags & OP_WRITES, subject);
    return 0;
}

static void find_subject(OpTask *t) {
    const Op *op = t->call.op;
    Err e = {0};
    int r = subject_of(t, op->subject, &t->subject, &e);
    if (r >= 0 && op->before && t->subject.n) {
        t->next = t->subject;
        r = subject_of(t, op->before_subject, &t->subject, &e);
    }
    if (r < 0) fail(t, &e);
}

static void prepare_on_thread(void *context, void *arg) {
    OpTask *t = arg;
    t->call.db = context;
    make_ready(t);
    if (t->stage == STAGE_READY) find_subject(t);
    loop_post(t->call.app->loop, await_turn, t);
}

static bool may_call(const Op *op, const Principal *who) {
    if (op->flags & OP_PUBLIC) return true;
    if (who->role == ROLE_AGENT) return op->flags & OP_AGENT_MAY;
    return who->role >= op->role;
}

int op_check_role(const Op *op, const Principal *who, Err *e) {
    if (may_call(op, who)) return 0;
    return err_fail(e, ERR_FORBIDDEN, "the role %s may not call %s", auth_role_word(who->role), op->name);
}

static int check_call(const OpTask *t, Err *e) {
    const Op *op = t->call.op;
    TRY(op_check_role(op, &t->who, e));
    bool needs_rest = op->body_max || (op->flags & OP_SENDS_FILE);
    if (needs_rest && !t->is_over_rest)
        return err_fail(e, ERR_INVALID, "%s takes or returns a file, so it is served over REST alone: %s", op->name,
                        op->route);
    return 0;
}

/* True when another call with the same key is running; this one then waits for it. */
static bool park(OpTask *t) {
    if (!t->running_key.n) return false;
    Map *running = &t->call.app->dispatch->running;
    OpTask *first = map_find(running, t->running_key);
    if (first)
        list_add_last(&first->parked, &t->link);
    else
        map_put(running, t->running_key, t);
    return first != NULL;
}

/* Without a descriptor it cannot be cancelled, and runs to its end. */
static int cancel_fd_of(const Op *op) {
    bool is_read = op->where == ON_SLOW && !(op->flags & (OP_WRITES | OP_AUDITED));
    return is_read ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : 0;
}

void op_task_cancel(OpTask *t) {
    if (t->call.cancel_fd > 0) (void)eventfd_write(t->call.cancel_fd, 1);
}

void op_task_run(OpTask *t, OpDoneFn on_done, void *arg) {
    App *app = t->call.app;
    const Op *op = t->call.op;
    t->on_done = on_done;
    t->arg = arg;
    Err e = {0};
    if (check_call(t, &e) < 0) {
        refuse(t, &e);
        return;
    }
    if (park(t)) return;
    t->call.cancel_fd = cancel_fd_of(op);
    if (op->where == ON_LOOP) {
        execute(t);
        finish(t);
        return;
    }
    if (!op->subject)
        run_in_pool(t);
    else if (!pool_submit(app->workers, prepare_on_thread, t))
        refuse_full(t);
}
