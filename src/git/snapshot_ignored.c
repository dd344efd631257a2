/* Files that the rules of another snapshot ignore. */
#include "git/snapshot_in.h"
#include "sys/file.h"

/* The rules of the tree alone, as files of a private folder: the worktree still has others. */
static int write_rules(const SnapshotDir *d, const Git *g, Str files, bool *ret_any, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str path;
    const char *const *list = GIT_ARGS("ls-tree", "-r", "-z", "--name-only", arena_cstr(d->arena, files));
    buf_init(&in, SNAPSHOT_LIST_MAX);
    TRY(snapshot_run(d, d->git, list, STR(""), &o, e));
    while (o.out.n && str_split(&o.out, '\0', &path))
        if (str_is(path_last(path), ".gitignore")) buf_add(&in, path.p, path.n + 1);
    *ret_any = in.n > 0;
    if (!in.n) return 0;
    TRY(snapshot_run(d, g, GIT_ARGS("read-tree", arena_cstr(d->arena, files)), STR(""), &o, e));
    return snapshot_run(d, g, GIT_ARGS("checkout-index", "-q", "-f", "-z", "--stdin"), buf_str(&in), &o, e);
}

int snapshot_check_ignore(const SnapshotDir *d, const Git *g, Str paths, Map *ret, Err *e) {
    GitOut o;
    Str path;
    GitCall c = {.args = GIT_ARGS("check-ignore", "-z", "--stdin", "--no-index"),
                 .more_env = GIT_ARGS("GIT_LITERAL_PATHSPECS=0"),
                 .input = paths,
                 .timeout_ms = snapshot_left_ms(d),
                 .output_max = SNAPSHOT_LIST_MAX,
                 .any_exit = true};
    TRY(git_quiet(g, &c, &o, e));
    if (o.exit_code > 1) return git_failed(&o, "list the ignored files", e);
    while (o.out.n && str_split(&o.out, '\0', &path)) map_put(ret, str_from(path, 2), ret);
    return 0;
}

static int find(const SnapshotDir *d, const char *folder, Str files, Str paths, Map *ret, Err *e) {
    bool any;
    const Git *g = snapshot_index(d, "rules", folder);
    TRY(file_mkdirs(folder, 0700, e));
    TRY(write_rules(d, g, files, &any, e));
    return any ? snapshot_check_ignore(d, g, paths, ret, e) : 0;
}

int snapshot_ignored(const SnapshotDir *d, Str files, const StrVec *paths, Map *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    const char *folder = arena_fmt(d->arena, "%s/rules", d->dir).p;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(paths, p) {
        buf_add_str(&in, STR("./")); /* so that no name is taken for a pathspec's magic */
        buf_add(&in, p->p, p->n + 1);
    }
    TRY(file_remove_tree(folder, e));
    int r = find(d, folder, files, buf_str(&in), ret, e);
    (void)file_remove_tree(folder, NULL); /* the next one does it again */
    return r;
}
