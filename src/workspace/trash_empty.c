/* Emptying the trash: deletes for good what a call names, and nothing else. The intent stores which entries; what a crash
 * cut off is finished at the next start, since a half-deleted folder is of no use to anybody. */
#include "git/trash.h"

#include <sys/stat.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(TrashEmpty, TRASH_EMPTY);
SHAPE_DEFINE(TrashEmptied, TRASH_EMPTIED);

enum { ENTRIES_MAX = 10000, PLAN_MAX = 1 << 20, SHOWN_BYTES = 300 };

#define COPIED_US (3600 * 1000000ll)

#define EMPTY_PLAN(F, S)                                                                \
    F(S, STRS, ids, .max = ENTRIES_MAX, .item_max = 40, .doc = "The entries to delete") \
    F(S, BOOL, accept_changed, .opt = 1, .doc = "Also those that were changed in the trash")
SHAPE(EmptyPlan, EMPTY_PLAN);
SHAPE_DEFINE(EmptyPlan, EMPTY_PLAN);

typedef struct Emptying {
    OpCall *call;
    EmptyPlan plan;
    StrList refused;     /* beside plan.ids: why, {NULL,0} if nothing was changed in it */
    TrashEntryList gone; /* deleted, their rows not yet */
    Str intent;
    TrashEmptied *out;
} Emptying;

static bool is_named(const TrashEmpty *in, Str id) {
    for (size_t i = 0; i < in->trash_ids.n; i++)
        if (str_eq(in->trash_ids.items[i], id)) return true;
    return false;
}

static int find(OpCall *c, Str id, TrashEntry *ret, bool *ret_found, Err *e) {
    return db_one(c->db, &sql_trash_by_id, DB_ARGS(db_text(id)), DB_INTO(TrashEntry, c->arena, ret), ret_found, e);
}

static int plan(Emptying *x, const TrashEmpty *in, Err *e) {
    OpCall *c = x->call;
    TrashEntryList all = {0};
    TrashEntry en;
    bool found, by_age = HAS(TrashEmpty, in, older_than_days);
    if (!in->trash_ids.n && !by_age)
        return err_fail(e, ERR_INVALID, "name the entries to delete in trashIds, or an age in olderThanDays");
    for (size_t i = 0; i < in->trash_ids.n; i++) {
        TRY(find(c, in->trash_ids.items[i], &en, &found, e));
        if (!found)
            return err_fail(e, ERR_NOT_FOUND, "no entry " STR_FMT " in the trash", STR_ARG(in->trash_ids.items[i]));
    }
    TRY(db_all(c->db, &sql_trash_all, DB_ARGS(db_text(str(c->who->org))), DB_INTO(TrashEntry, c->arena, &all),
               ENTRIES_MAX, e));
    x->plan.ids = (StrList){arena_array(c->arena, all.n + 1, sizeof(Str)), 0};
    GIVE(EmptyPlan, &x->plan, accept_changed, in->accept_changed);
    TimeUs before = clock_now_us() - in->older_than_days * DAY_US;
    for (size_t i = 0; i < all.n; i++)
        if (is_named(in, all.items[i].id) || (by_age && all.items[i].removed_at < before))
            x->plan.ids.items[x->plan.ids.n++] = all.items[i].id;
    return 0;
}

static void keep(Emptying *x, Str id, const Err *why) {
    StrList *l = &x->out->kept;
    l->items[l->n++] = arena_fmt(x->call->arena, STR_FMT ": %s", STR_ARG(id), why->text);
}

static TimeUs us_of(struct timespec t) { return t.tv_sec * 1000000ll + t.tv_nsec / 1000; }

/* The last that Muster wrote was the manifest, by the clock that the files' times come from, which is coarser than ours. If
 * its ctime is much later, it was copied with the data folder, and the ctimes of the files are that copy's. */
static FileSince since_of(Arena *a, const TrashEntry *en) {
    struct stat st;
    if (stat(arena_fmt(a, STR_FMT ".json", STR_ARG(en->place)).p, &st) < 0)
        return (FileSince){en->removed_at, false, ".git"};
    return (FileSince){us_of(st.st_mtim), us_of(st.st_ctim) - us_of(st.st_mtim) > COPIED_US, ".git"};
}

/* What was written after the removal is not what was removed. */
static int refuse_changed(const Emptying *x, Str folder, FileSince since, Err *e) {
    static const char *const texts[] = {
        [FILE_CHANGED] = "was changed after the worktree was removed; restore the worktree to keep the change",
        [FILE_TOUCHED] = "was changed after the worktree was removed, as its times say only in its mode, its owner or "
                         "its number of links; restore the worktree to keep it",
        [FILE_UNREADABLE] = "cannot be read, so nothing shows whether it was changed after the worktree was removed; "
                            "make it readable"};
    CLEANUP(buf_done) Buf path;
    buf_init(&path, PLAN_MAX);
    if (x->plan.accept_changed) return 0;
    FileChange is = file_tree_changed(arena_cstr(x->call->arena, folder), &since, &path);
    if (is == FILE_SAME) return 0;
    Str where = text_cut(buf_str(&path), SHOWN_BYTES);
    return err_fail(e, ERR_CONFLICT, STR_FMT " %s, or set acceptChanged to delete it", STR_ARG(where), texts[is]);
}

/* Before the first is deleted: files may be links of one another, and what is deleted changes the ctimes of the others. */
static int look(Emptying *x, Str id, Str *ret_why, Err *e) {
    struct stat st;
    Arena *a = x->call->arena;
    TrashEntry en;
    bool found;
    Err why = {0};
    *ret_why = (Str){0};
    TRY(find(x->call, id, &en, &found, e));
    if (!found || lstat(arena_cstr(a, en.place), &st) < 0) return 0;
    if (refuse_changed(x, en.place, since_of(a, &en), &why) < 0) *ret_why = arena_str(a, str(why.text));
    return 0;
}

/* The repository may be gone: then only the folder is left. Content may have been changed since it was looked at; what a
 * crash left half renamed was not looked at. */
static int delete_files(const Emptying *x, const TrashEntry *en, Err *e) {
    OpCall *c = x->call;
    GitTrashed t, found;
    Git *g;
    FileSince since = since_of(c->arena, en);
    int r = git_open(c->arena, arena_cstr(c->arena, en->common_dir), &g, e);
    if (r == -ERR_NOT_FOUND) r = git_open(c->arena, c->app->home, &g, e);
    TRY(r);
    trash_entry_state(en, &t);
    found = t;
    bool is_whole = git_trash_find(g, &found) == TRASH_IN_TRASH;
    since.is_by_content = since.is_by_content || str_eq(found.place, en->place);
    if (is_whole) TRY(refuse_changed(x, found.place, since, e));
    return git_trash_delete(g, &t, e);
}

/* One whose folder is gone only ends: the bytes are where somebody moved them to. */
static int end_one(Emptying *x, TrashEntry *en, Err *e) {
    TrashPresence is = trash_presence(x->call->arena, en);
    if (is == TRASH_IS_AWAY)
        return err_fail(e, ERR_NOT_FOUND,
                        STR_FMT
                        " is not there, nor is the folder around it: its disk may not be mounted; if that folder "
                        "was deleted, create it and empty the trash again",
                        STR_ARG(text_cut(en->place, SHOWN_BYTES)));
    if (is == TRASH_IS_GONE) {
        en->bytes = 0;
        return trash_drop(x->call->app, x->call->arena, en, e);
    }
    return delete_files(x, en, e);
}

/* This call's intent is open, so that no restore can begin: one that is not open has ended, or never began. */
static int refuse_restoring(const Emptying *x, Str id, Err *e) {
    static const char *const ops[] = {"restore_trash", "restore_worktree"};
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        bool is_open;
        TRY(op_intent_names(x->call->db, ops[i], id, &is_open, e));
        if (is_open) return err_fail(e, ERR_CONFLICT, "the worktree is being restored");
    }
    return 0;
}

/* An entry that cannot be deleted keeps its row and its reason is in the answer. */
static int delete_one(Emptying *x, size_t i, Err *e) {
    Str id = x->plan.ids.items[i], refused = x->refused.items[i];
    TrashEntry en;
    bool found;
    Err why = {0};
    int r = refused.p ? err_fail(&why, ERR_CONFLICT, STR_FMT, STR_ARG(refused)) : refuse_restoring(x, id, &why);
    TRY(find(x->call, id, &en, &found, e));
    if (!found) return 0; /* restored meanwhile */
    if (r < 0 || end_one(x, &en, &why) < 0) {
        keep(x, id, &why);
        return 0;
    }
    x->gone.items[x->gone.n++] = en;
    x->out->deleted.items[x->out->deleted.n++] = id;
    x->out->freed_bytes += en.bytes;
    return 0;
}

static int emptied_tx(Tx *tx, void *arg, Err *e) {
    Emptying *x = arg;
    for (size_t i = 0; i < x->gone.n; i++) TRY(trash_gone_tx(tx, &x->gone.items[i], e));
    return 0;
}

static int finish(Emptying *x, Err *e) {
    Arena *a = x->call->arena;
    size_t n = x->plan.ids.n;
    x->out->deleted = (StrList){arena_array(a, n + 1, sizeof(Str)), 0};
    x->out->kept = (StrList){arena_array(a, n + 1, sizeof(Str)), 0};
    x->gone = (TrashEntryList){arena_array(a, n + 1, sizeof *x->gone.items), 0};
    x->refused = (StrList){arena_array(a, n + 1, sizeof(Str)), n};
    for (size_t i = 0; i < n; i++) TRY(look(x, x->plan.ids.items[i], &x->refused.items[i], e));
    for (size_t i = 0; i < n; i++) {
        TRY(delete_one(x, i, e));
        op_progress(x->call, "delete", (int64_t)i + 1, (int64_t)n);
    }
    TRY(op_intent_close(x->call, x->intent, emptied_tx, x, x->out, e));
    CRASH("empty.stored");
    return 0;
}

int trash_empty(OpCall *c, const TrashEmpty *in, TrashEmptied *out, Err *e) {
    CLEANUP(buf_done) Buf b;
    Emptying x = {.call = c, .out = out};
    buf_init(&b, PLAN_MAX);
    TRY(plan(&x, in, e));
    JsonOut o = json_out(&b);
    shape_encode(&EmptyPlan_shape, &x.plan, &o);
    TRY(op_intent_begin(c, arena_str(c->arena, buf_str(&b)), NULL, NULL, &x.intent, e));
    CRASH("empty.intended");
    return finish(&x, e);
}

int trash_empty_recover(OpCall *c, const OpIntent *i, Err *e) {
    TrashEmptied out = {0};
    Json *state;
    Emptying x = {.call = c, .intent = i->id, .out = &out};
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&EmptyPlan_shape, state, c->arena, &x.plan, e));
    return finish(&x, e);
}
