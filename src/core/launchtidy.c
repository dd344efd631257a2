/* See launchtidy.h. */
#define LOG_MODULE "launch"
#include "core/launchtidy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "core/holdlink.h"
#include "core/launch_sql.h"
#include "sys/file.h"
#include "sys/log.h"

enum { PATH_SIZE = 4400, PAGE = 200 };

typedef VEC(Str) Names;

/* ---- One folder ---- */

static void folder_of(const App *app, Str id, char out[PATH_SIZE]) {
    snprintf(out, PATH_SIZE, "%s/streams/" STR_FMT, app->home, STR_ARG(id));
}

/* *ret_fd is -1 when there is no such folder. */
static int open_folder(const App *app, Str id, int *ret_fd, Err *e) {
    char path[PATH_SIZE];
    folder_of(app, id, path);
    *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*ret_fd >= 0 || errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return 0;
    return err_sys(e, "open %s", path);
}

static int is_held(const App *app, Str id, bool *ret, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    *ret = false;
    TRY(open_folder(app, id, &fd, e));
    return fd < 0 ? 0 : launch_lock_is_held(fd, ret, e);
}

static int remove_folder(App *app, Str launch_id, bool *ret_gone, Err *e) {
    char path[PATH_SIZE];
    bool held = false;
    *ret_gone = false;
    TRY(is_held(app, launch_id, &held, e));
    if (held) return 0;
    folder_of(app, launch_id, path);
    Err why = {0};
    if (file_remove_tree(path, &why) < 0 && why.code != ERR_NOT_FOUND) {
        if (e) *e = why;
        return -(int)why.code;
    }
    *ret_gone = true;
    return 0;
}

/* ---- All folders ---- */

static int list_folders(const App *app, Arena *a, Names *out, Err *e) {
    DIR *d = opendir(arena_fmt(a, "%s/streams", app->home).p);
    if (!d) return errno == ENOENT ? 0 : err_sys(e, "listing the launches' folders");
    for (struct dirent *x; (x = readdir(d));)
        if (id_is(str(x->d_name), "lch")) vec_push(out, arena_str(a, str(x->d_name)));
    closedir(d);
    return 0;
}

static int is_known(DbConn *db, Str id, bool *ret, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(db, &sql_launch_exists, DB_ARGS(db_text(id)), 0, &n, e));
    *ret = n > 0;
    return 0;
}

static int look_at(App *app, DbConn *db, Str id, Arena *a, HoldFound *ret, Err *e) {
    Err why = {0};
    *ret = (HoldFound){.launch_id = id};
    if (is_held(app, id, &ret->is_alive, &why) < 0) GIVE(HoldFound, ret, problem, arena_str(a, str(why.text)));
    return is_known(db, id, &ret->is_known, e);
}

int launchtidy_find_holds(App *app, DbConn *db, Arena *a, HoldsFound *ret, Err *e) {
    Names names = {0};
    int r = list_folders(app, a, &names, e);
    *ret = (HoldsFound){0};
    ret->holds.items = arena_array(a, names.n + 1, sizeof *ret->holds.items);
    for (size_t i = 0; i < names.n && r >= 0 && ret->holds.n < HOLDS_MAX; i++) {
        HoldFound *h = &ret->holds.items[ret->holds.n];
        r = look_at(app, db, names.items[i], a, h, e);
        ret->holds.n += r >= 0 && (h->is_alive || !h->is_known || h->problem.n);
    }
    vec_done(&names);
    return r;
}

/* ---- What is old ---- */

typedef struct Over {
    Str id;
    int64_t value; /* ended ones: whether it is its owner's newest; living ones: how far it was derived */
} Over;

typedef struct Overs {
    Arena *arena;
    VEC(Over) all;
} Overs;

static bool on_over(void *arg, DbRow *r) {
    Overs *o = arg;
    vec_push(&o->all, ((Over){arena_str(o->arena, db_col_text(r, 0)), db_col_i64(r, 1)}));
    return true;
}

static int remove_inputs(App *app, const Over *o, Err *e) {
    return db_slices(app->db, &(DbSlices){.sql = &sql_launch_remove_input, .args = DB_ARGS(db_text(o->id))}, e);
}

/* Of an owner's newest launch only what its session continues from is kept. */
static int forget_tx(Tx *tx, void *arg, Err *e) {
    const Over *o = arg;
    return tx_run(tx, o->value ? &sql_launch_shrink : &sql_launch_forget, DB_ARGS(db_text(o->id)), NULL, e);
}

/* Removes the row after the folder: if this is interrupted between the two, the next call still finds the row. */
static int remove_over(App *app, Over *o, Err *e) {
    bool gone = false;
    TRY(remove_folder(app, o->id, &gone, e));
    if (!gone) return 0;
    TRY(remove_inputs(app, o, e));
    return db_tx(app->db, DB_DERIVED, forget_tx, o, e);
}

static int remove_overs(App *app, DbConn *db, TimeUs older_than, Err *e) {
    Str after = STR("");
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t n = PAGE; n == PAGE;) {
        Overs page = {.arena = a};
        int r = db_each(db, &sql_launches_over, DB_ARGS(db_i64(older_than), db_text(after), db_i64(PAGE)), on_over,
                        &page, e);
        n = page.all.n;
        for (size_t i = 0; i < n && r >= 0; i++) r = remove_over(app, &page.all.items[i], e);
        if (n) after = page.all.items[n - 1].id;
        vec_done(&page.all);
        TRY(r);
    }
    return 0;
}

static int drop_segments(App *app, const Over *o, TimeUs older_than, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    int removed = 0;
    TRY(open_folder(app, o->id, &fd, e));
    return fd < 0 ? 0 : launchlog_drop_below(fd, (uint64_t)o->value, older_than, &removed, e);
}

static int drop_old_segments(App *app, DbConn *db, TimeUs older_than, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Overs alive = {.arena = a};
    int r = db_each(db, &sql_launches_derived, DB_NONE, on_over, &alive, e);
    for (size_t i = 0; i < alive.all.n && r >= 0; i++) r = drop_segments(app, &alive.all.items[i], older_than, e);
    vec_done(&alive.all);
    return r;
}

int launchtidy_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    TRY(remove_overs(app, db, older_than, e));
    return drop_old_segments(app, db, older_than, e);
}

int64_t launchtidy_bytes(const App *app) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/streams", app->home);
    return file_tree_bytes(path);
}

/* ---- What to remove ---- */

static int forgotten_tx(Tx *tx, void *arg, Err *e) {
    const Over *o = arg;
    return tx_run(tx, &sql_launch_end_forgotten, DB_ARGS(db_text(o->id)), NULL, e);
}

static int remove_forgotten(App *app, Over *o, Err *e) {
    bool gone = false;
    TRY(remove_folder(app, o->id, &gone, e));
    return gone ? db_tx(app->db, DB_DERIVED, forgotten_tx, o, e) : 0;
}

int launchtidy_remove_forgotten(App *app, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Overs forgotten = {.arena = a};
    int r = db_each(db, &sql_launches_forgotten, DB_NONE, on_over, &forgotten, e);
    for (size_t i = 0; i < forgotten.all.n && r >= 0; i++) r = remove_forgotten(app, &forgotten.all.items[i], e);
    vec_done(&forgotten.all);
    return r;
}

/* ---- What to delete for good ---- */

static int forget_for_good_tx(Tx *tx, void *arg, Err *e) {
    const Over *o = arg;
    TRY(tx_run(tx, &sql_launch_add_forgotten, DB_ARGS(db_text(o->id)), NULL, e));
    return tx_run(tx, &sql_launch_forget, DB_ARGS(db_text(o->id)), NULL, e);
}

int launchtidy_erase(App *app, DbConn *db, Str owner_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Overs ended = {.arena = a};
    int r = db_each(db, &sql_launches_ended_of, DB_ARGS(db_text(owner_id)), on_over, &ended, e);
    for (size_t i = 0; i < ended.all.n && r >= 0; i++) {
        r = remove_inputs(app, &ended.all.items[i], e);
        if (r >= 0) r = db_tx(app->db, DB_DERIVED, forget_for_good_tx, &ended.all.items[i], e);
    }
    vec_done(&ended.all);
    return r;
}

SHAPE_DEFINE(HoldFound, HOLD_FOUND);
SHAPE_DEFINE(HoldsFound, HOLDS_FOUND);
