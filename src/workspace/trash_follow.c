/* The trash of a repository whose folder was moved by hand: rows, manifests and git's links get the new paths. */
#include "base/mem.h"
#include "sys/file.h"
#include "sys/path_look.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

enum { ENTRIES_MAX = 10000 };

static Str moved(Arena *a, Str path, Str from, Str to) {
    return path_is_beneath(path, from) ? arena_fmt(a, STR_FMT STR_FMT, STR_ARG(to), STR_ARG(str_from(path, from.n)))
                                       : path;
}

/* A relative link holds where both of its ends were moved; otherwise an absolute one takes its place, as git's repair does it. */
static void follow(Arena *a, const TrashMove *m, TrashEntry *en) {
    bool is_inside = path_is_beneath(en->path, m->from);
    Str place = moved(a, en->place, m->from, m->to);
    if (path_look(en->place) == PATH_ABSENT) en->place = place;
    en->path = moved(a, en->path, m->from, m->to);
    en->common_dir = m->to_common;
    en->git_dir = moved(a, en->git_dir, m->from_common, m->to_common);
    if (!is_inside || str_starts(en->link, STR("gitdir: /")))
        en->link = arena_fmt(a, "gitdir: " STR_FMT "\n", STR_ARG(en->git_dir));
    if (!is_inside || str_starts(en->back_link, STR("/")))
        en->back_link = arena_fmt(a, STR_FMT "/.git\n", STR_ARG(en->path));
}

int trash_follow(OpCall *c, const Git *g, TrashMove *m, Err *e) {
    TRY(db_all(c->db, &sql_trash_of_repository, DB_ARGS(db_text(m->from_common)),
               DB_INTO(TrashEntry, c->arena, &m->entries), ENTRIES_MAX, e));
    for (size_t i = 0; i < m->entries.n; i++) {
        GitTrashed t;
        follow(c->arena, m, &m->entries.items[i]);
        if (path_look(m->entries.items[i].place) != PATH_THERE) continue; /* only its row is left */
        trash_entry_state(&m->entries.items[i], &t);
        GIVE(GitTrashed, &t, home, str(c->app->home));
        TRY(git_trash_follow(g, &t, e));
    }
    return 0;
}

int trash_follow_tx(Tx *tx, const TrashMove *m, Err *e) {
    for (size_t i = 0; i < m->entries.n; i++) {
        const TrashEntry *en = &m->entries.items[i];
        TRY(tx_run(tx, &sql_trash_relocate,
                   DB_ARGS(db_text(en->id), db_text(en->path), db_text(en->place), db_text(en->common_dir),
                           db_text(en->git_dir), db_text(en->link), db_text(en->back_link)),
                   NULL, e));
    }
    return 0;
}
