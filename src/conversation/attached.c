/* See attached.h. */
#define LOG_MODULE "conversation"
#include "conversation/attached.h"

#include "base/map.h"
#include "base/mem.h"
#include "conversation/conversation_sql.h"
#include "core/hub.h"
#include "sys/digest.h"
#include "sys/fault.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

/* --- rows --- */

static int list_of(DbConn *db, const Conversation *c, Str message_id, Arena *a, AttachmentList *ret, Err *e) {
    *ret = (AttachmentList){0};
    return db_all(db, &sql_message_attachments, DB_ARGS(db_i64(c->number), db_text(message_id)),
                  DB_INTO(Attachment, a, ret), ATTACHMENTS_MAX, e);
}

static void show(const Attachment *at, EvAttachment *ret) {
    *ret = (EvAttachment){.id = at->id, .name = at->name, .media_type = at->media_type, .size = at->size};
    if (HAS(Attachment, at, width)) GIVE(EvAttachment, ret, width, at->width);
    if (HAS(Attachment, at, height)) GIVE(EvAttachment, ret, height, at->height);
}

static bool is_twice(const StrList *ids, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (str_eq(ids->items[i], ids->items[at])) return true;
    return false;
}

/* Each is counted as if its line contained it: whether it does is not known before the agent has said what it takes. */
static int check_bytes(const EvAttachmentList *l, Err *e) {
    int64_t bytes = 0;
    for (size_t i = 0; i < l->n; i++)
        if (attachment_fits(&l->items[i])) bytes += (l->items[i].size + 2) / 3 * 4;
    if (bytes <= ATTACHED_IMAGES_MAX) return 0;
    return err_fail(e, ERR_TOO_LARGE,
                    "the images of this message take %lld MiB on their way to the agent, and at most %d fit into one "
                    "message; send some of them with another",
                    (long long)(bytes >> 20) + 1, ATTACHED_IMAGES_MAX >> 20);
}

int attached_add(Tx *tx, const AttachedTo *to, EvAttachmentList *ret, Err *e) {
    const StrList *ids = to->ids;
    *ret = (EvAttachmentList){.items = arena_array(to->arena, ids->n, sizeof(EvAttachment)), .n = ids->n};
    for (size_t i = 0; i < ids->n; i++) {
        Attachment at;
        if (is_twice(ids, i))
            return err_fail(e, ERR_INVALID, "the attachment " STR_FMT " is named twice", STR_ARG(ids->items[i]));
        TRY(attachment_get(tx_conn(tx), ids->items[i], to->arena, &at, e));
        show(&at, &ret->items[i]);
        TRY(tx_run(
            tx, &sql_message_attach,
            DB_ARGS(db_i64(to->conversation->number), db_text(to->message_id), db_i64((int64_t)i), db_text(at.id)),
            NULL, e));
    }
    return check_bytes(ret, e);
}

int attached_are(DbConn *db, const AttachedTo *to, bool *ret, Err *e) {
    AttachmentList l;
    TRY(list_of(db, to->conversation, to->message_id, to->arena, &l, e));
    *ret = l.n == to->ids->n;
    for (size_t i = 0; i < l.n && *ret; i++) *ret = str_eq(l.items[i].id, to->ids->items[i]);
    return 0;
}

/* --- reading their bytes --- */

/* One conversation whose next prompt has files; in its own arena. */
typedef struct Reading Reading;
struct Reading {
    App *app;
    Arena *arena;
    Str kind, id;
    Str key;       /* in App.readings */
    Str now;       /* as MessageDeliver has it */
    Reading *next; /* loop thread: what was asked for while this one was read */
};

static void drop(void *arg) { arena_free(((Reading *)arg)->arena); }

static void read_job(void *context, void *arg);

/* One at a time for each conversation. What comes meanwhile is looked at once, afterwards. */
static bool is_behind_another(Reading *r) {
    Reading *other = map_find(&r->app->readings, r->key);
    if (!other) return false;
    Reading *dropped = other->next && !r->now.n ? r : other->next;
    if (dropped != r) other->next = r;
    if (dropped) drop(dropped);
    return true;
}

/* Where both pools are full, the next event of the agent or the next start asks again. Loop thread. */
static void begin_reading(void *arg) {
    Reading *r = arg;
    if (is_behind_another(r)) return;
    if (pool_submit(r->app->slow, read_job, r) || pool_submit_background(r->app->slow, read_job, r)) {
        map_put(&r->app->readings, r->key, r);
        return;
    }
    log_warn("the attachments of a prompt of " STR_FMT " cannot be read yet: too much waits", STR_ARG(r->id));
    drop(r);
}

static void on_read(void *arg) {
    Reading *r = arg, *next = r->next;
    map_remove(&r->app->readings, r->key);
    if (!r->app->readings.n) {
        map_done(&r->app->readings);
        r->app->readings = (Map){0};
    }
    drop(r);
    if (next) begin_reading(next);
}

static Reading *reading_new(App *app, Str kind, Str id, Str now) {
    Arena *a = arena_new();
    Reading *r = arena_new_in(a, Reading);
    *r = (Reading){.app = app,
                   .arena = a,
                   .kind = arena_str(a, kind),
                   .id = arena_str(a, id),
                   .key = arena_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(kind), STR_ARG(id)),
                   .now = arena_str(a, now)};
    return r;
}

static bool is_in_line(const Adapter *ad, const EvAttachment *at) {
    return (ad->caps & ADAPTER_IMAGES) && attachment_fits(at);
}

static AttachedFiles files_of(const App *app, const AttachmentList *l, Arena *a) {
    AttachedFile *files = arena_array(a, l->n + 1, sizeof *files);
    EvAttachment *shown = arena_array(a, l->n + 1, sizeof *shown);
    for (size_t i = 0; i < l->n; i++) {
        show(&l->items[i], &shown[i]);
        files[i] = (AttachedFile){.is = &shown[i], .path = attachment_path(app, &l->items[i], a)};
    }
    return (AttachedFiles){files, l->n};
}

int attached_find(Tx *tx, const AttachedOf *of, AttachedFiles *ret, bool *ret_ready, Err *e) {
    const MessageDeliver *d = of->deliver;
    AttachmentList l;
    if (d->ready && str_eq(d->ready->message_id, of->message_id)) {
        *ret = d->ready->files;
        *ret_ready = true;
        return 0;
    }
    TRY(list_of(tx_conn(tx), of->conversation, of->message_id, d->arena, &l, e));
    *ret = files_of(d->app, &l, d->arena);
    *ret_ready = ret->n == 0;
    if (ret->n) hub_after_commit(tx, begin_reading, drop, reading_new(d->app, d->who->kind, d->who->id, d->now));
    return 0;
}

static int read_base64(const Reading *r, const Attachment *at, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ATTACHMENT_BYTES_MAX);
    TRY(attachment_read(r->app, at, &b, e));
    char *text = arena_alloc(r->arena, 4 * (b.n + 2) / 3 + 5);
    *ret = str_n(text, base64_print(b.p, b.n, text, false));
    return 0;
}

/* What the job found, and what it makes of it. */
typedef struct Ready {
    const Reading *reading;
    ConversationSubject who;
    MessageFiles files;
    Err why; /* code 0: all files were read */
} Ready;

static int hand_tx(Tx *tx, void *arg, Err *e) {
    const Ready *x = arg;
    bool handed;
    const Reading *r = x->reading;
    return message_deliver(tx, &(MessageDeliver){r->app, &x->who, &x->files, r->arena, r->now}, &handed, e);
}

/* The next prompt; {NULL,0}: none, or it is on its way. */
static int find_next(DbConn *db, const Conversation *c, Arena *a, Str *ret, Err *e) {
    Message m;
    bool found = false;
    TRY(db_one(db, &sql_message_next_queued, DB_ARGS(db_i64(c->number)), DB_INTO(Message, a, &m), &found, e));
    *ret = found && !m.launch_id.n ? m.id : (Str){0};
    return 0;
}

/* The prompts behind it do not wait for it. */
static int spoil_tx(Tx *tx, void *arg, Err *e) {
    const Ready *x = arg;
    Conversation c;
    Str next;
    bool handed;
    EvNotice v = {.level = NOTICE_WARNING, .code = STR("attachment")};
    v.text = arena_fmt(x->reading->arena, "A prompt was not sent: %s.", x->why.text);
    TRY(conversation_get(tx_conn(tx), x->who.kind, x->who.id, x->reading->arena, &c, e));
    TRY(find_next(tx_conn(tx), &c, x->reading->arena, &next, e));
    if (!str_eq(next, x->files.message_id)) return 0; /* handed over, withdrawn or moved meanwhile */
    TRY(message_move(tx, &x->who, &c, &(MessageMove){x->files.message_id, MESSAGE_QUEUED, MESSAGE_UNANSWERED}, e));
    TRY(conversation_emit(tx, &x->who, EV_KIND_NOTICE, &v, e));
    return message_deliver_next(x->reading->app, tx, &x->who, x->reading->arena, &handed, e);
}

static int read_files(Ready *x, const AttachmentList *l, Err *e) {
    AttachedFiles files = files_of(x->reading->app, l, x->reading->arena);
    AttachedFile *items = (AttachedFile *)files.items;
    for (size_t i = 0; i < l->n; i++)
        TRY(is_in_line(x->who.adapter, items[i].is) ? read_base64(x->reading, &l->items[i], &items[i].base64, e)
                                                    : attachment_read(x->reading->app, &l->items[i], NULL, e));
    x->files.files = files;
    return 0;
}

static int read_next(const Reading *r, DbConn *db, Err *e) {
    Ready x = {.reading = r};
    AttachmentList l;
    Conversation c;
    TRY(conversation_find_subject(r->app, db, (ConversationOf){r->kind, r->id}, r->arena, &x.who, e));
    TRY(conversation_get(db, r->kind, r->id, r->arena, &c, e));
    TRY(find_next(db, &c, r->arena, &x.files.message_id, e));
    if (!x.files.message_id.n) return 0; /* it was withdrawn */
    TRY(list_of(db, &c, x.files.message_id, r->arena, &l, e));
    int failed = read_files(&x, &l, &x.why);
    CRASH("prompt.read");
    if (failed >= 0) failed = db_tx(r->app->db, DB_PERSON, hand_tx, &x, &x.why);
    return failed < 0 ? db_tx(r->app->db, DB_PERSON, spoil_tx, &x, e) : 0;
}

static void read_job(void *context, void *arg) {
    Err e = {0};
    Reading *r = arg;
    if (read_next(r, context, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "handing over a prompt with attachments", &e);
    loop_post(r->app->loop, on_read, r);
}

static bool on_waiting(void *arg, DbRow *row) {
    App *app = arg;
    loop_post(app->loop, begin_reading, reading_new(app, db_col_text(row, 0), db_col_text(row, 1), (Str){0}));
    return true;
}

int attached_start(App *app, DbConn *db, Err *e) {
    return db_each(db, &sql_message_queued_attached, DB_NONE, on_waiting, app, e);
}
