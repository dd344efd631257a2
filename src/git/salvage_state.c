/* The state of a worktree in git's folder (gitrepository-layout(5)), and the commits that only it names. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "git/repo.h"
#include "git/salvage_in.h"
#include "sys/file.h"

enum { STATE_FILES_MAX = 10000, STATE_DEPTH = 6, STATE_FILE_BYTES = 64 << 20, REFLOG_BYTES = 32 << 20, ID_MIN = 40 };

const char *const salvage_state_names[] = {"HEAD",
                                           "index",
                                           "ORIG_HEAD",
                                           "MERGE_HEAD",
                                           "MERGE_MODE",
                                           "MERGE_MSG",
                                           "MERGE_RR",
                                           "AUTO_MERGE",
                                           "MERGE_AUTOSTASH",
                                           "CHERRY_PICK_HEAD",
                                           "REVERT_HEAD",
                                           "REBASE_HEAD",
                                           "SQUASH_MSG",
                                           "BISECT_LOG",
                                           "BISECT_NAMES",
                                           "BISECT_START",
                                           "BISECT_TERMS",
                                           "BISECT_EXPECTED_REV",
                                           "BISECT_ANCESTORS_OK",
                                           "BISECT_RUN",
                                           "BISECT_FIRST_PARENT",
                                           "rebase-merge/",
                                           "rebase-apply/",
                                           "sequencer/",
                                           NULL};
/* Those that are kept beside them but not put back. */
static const char *const kept_names[] = {"FETCH_HEAD", "COMMIT_EDITMSG",       "TAG_EDITMSG", "config.worktree",
                                         "logs/HEAD",  "info/sparse-checkout", NULL};
static const char *const ref_spaces[] = {"refs/bisect/", "refs/worktree/", "refs/rewritten/", NULL};

/* Names whose content is a list of commits. */
static const char *const heads[] = {"HEAD",
                                    "ORIG_HEAD",
                                    "MERGE_HEAD",
                                    "CHERRY_PICK_HEAD",
                                    "REVERT_HEAD",
                                    "REBASE_HEAD",
                                    "MERGE_AUTOSTASH",
                                    "rebase-merge/onto",
                                    "rebase-merge/orig-head",
                                    "rebase-merge/stopped-sha",
                                    "rebase-merge/amend",
                                    "rebase-merge/autostash",
                                    "rebase-merge/squash-onto",
                                    "rebase-apply/onto",
                                    "rebase-apply/orig-head",
                                    "rebase-apply/original-commit",
                                    "rebase-apply/autostash",
                                    "sequencer/head",
                                    "sequencer/abort-safety",
                                    NULL};

static Str in_git_dir(const SnapshotDir *d, const char *name) { return arena_fmt(d->arena, "%s/%s", d->git_dir, name); }

/* -- files --------------------------------------------------------------------------------------------------- */

static int add_file(const SnapshotDir *d, Str name, StrVec *ret, Err *e) {
    struct stat st;
    if (lstat(in_git_dir(d, name.p).p, &st) < 0 || !S_ISREG(st.st_mode)) return 0;
    if (st.st_size > STATE_FILE_BYTES || ret->n >= STATE_FILES_MAX)
        return err_fail(e, ERR_TOO_LARGE, "git's state in %s is too large to be saved", d->git_dir);
    vec_push(ret, name);
    return 0;
}

static int add_folder(const SnapshotDir *d, Str name, int depth, StrVec *ret, Err *e) {
    struct stat at; /* git makes no links here, and what another one names is not this worktree's */
    if (lstat(in_git_dir(d, name.p).p, &at) < 0 || !S_ISDIR(at.st_mode)) return 0;
    CLEANUP(dir_closep) DIR *dir = opendir(in_git_dir(d, name.p).p);
    for (struct dirent *en; dir && depth < STATE_DEPTH && (en = readdir(dir));) {
        struct stat st;
        if (en->d_name[0] == '.') continue;
        Str inner = arena_fmt(d->arena, STR_FMT "/%s", STR_ARG(name), en->d_name);
        bool is_folder = lstat(in_git_dir(d, inner.p).p, &st) == 0 && S_ISDIR(st.st_mode);
        TRY(is_folder ? add_folder(d, inner, depth + 1, ret, e) : add_file(d, inner, ret, e));
    }
    return 0;
}

static int add_names(const SnapshotDir *d, const char *const *names, StrVec *ret, Err *e) {
    for (; *names; names++) {
        Str name = str(*names);
        bool is_folder = str_ends(name, STR("/"));
        if (is_folder) name = arena_str(d->arena, str_upto(name, name.n - 1));
        TRY(is_folder ? add_folder(d, name, 0, ret, e) : add_file(d, name, ret, e));
    }
    return 0;
}

/* A split index has its other half beside it (git-update-index(1), "Split index"). */
static int add_shared_index(const SnapshotDir *d, StrVec *ret, Err *e) {
    CLEANUP(dir_closep) DIR *dir = opendir(d->git_dir);
    for (struct dirent *en; dir && (en = readdir(dir));)
        if (str_starts(str(en->d_name), STR("sharedindex.")))
            TRY(add_file(d, arena_str(d->arena, str(en->d_name)), ret, e));
    return 0;
}

int salvage_state_files(const SnapshotDir *d, StrVec *ret, Err *e) {
    TRY(add_names(d, salvage_state_names, ret, e));
    TRY(add_names(d, kept_names, ret, e));
    return add_shared_index(d, ret, e);
}

/* -- commits ------------------------------------------------------------------------------------------------- */

bool salvage_is_id(Str s) {
    if (s.n < ID_MIN || s.n > 64) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789abcdef", s.p[i])) return false;
    return strspn(s.p, "0") < s.n;
}

bool salvage_is_own_ref(Str name) {
    for (size_t i = 0; ref_spaces[i]; i++)
        if (str_starts(name, str(ref_spaces[i])) && manifest_is_inside(name)) return true;
    return false;
}

static void add_id(StrVec *v, Map *seen, Str id, void *mark) {
    if (!salvage_is_id(id) || map_find(seen, id)) return;
    map_put(seen, id, mark);
    vec_push(v, id);
}

static int add_from_file(const SnapshotDir *d, const char *name, size_t max, StrVec *v, Map *seen, Err *e) {
    Buf *b = arena_new_in(d->arena, Buf);
    Str line, word;
    buf_init(b, max);
    arena_defer(d->arena, (void (*)(void *))(void *)buf_done, b);
    int r = file_read(AT_FDCWD, in_git_dir(d, name).p, b, e);
    if (r == -ERR_NOT_FOUND) return 0;
    TRY(r);
    Str text = arena_str(d->arena, buf_str(b));
    while (str_split(&text, '\n', &line)) /* the reflog's lines begin with two ids, all others' with one */
        for (int i = 0; i < 2 && str_split(&line, ' ', &word); i++) add_id(v, seen, arena_str(d->arena, word), v);
    return 0;
}

Str salvage_rebased(const SnapshotDir *d) {
    static const char *const names[] = {"rebase-merge/head-name", "rebase-apply/head-name"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 4096);
        if (file_read(AT_FDCWD, in_git_dir(d, names[i]).p, &b, &(Err){0}) < 0) continue;
        if (str_starts(buf_str(&b), STR("refs/heads/"))) return arena_str(d->arena, str_trim(buf_str(&b)));
    }
    return STR("");
}

/* A restore may move it back, as it may move the branch that is checked out. */
static int add_rebased(const SnapshotDir *d, StrVec *v, Map *seen, Err *e) {
    Str branch = salvage_rebased(d), id = {0};
    if (branch.n) TRY(git_resolve(d->user, branch.p, &id, e));
    if (id.p) add_id(v, seen, id, v);
    return 0;
}

int salvage_refs_text(const SnapshotDir *d, Str *ret, Err *e) {
    GitOut o;
    TRY(snapshot_run(
        d, d->user,
        GIT_ARGS("for-each-ref", "--format=%(objectname) %(refname)", ref_spaces[0], ref_spaces[1], ref_spaces[2]),
        STR(""), &o, e));
    *ret = o.out;
    return 0;
}

static int add_refs(const SnapshotDir *d, StrVec *v, Map *seen, Err *e) {
    Str text, line, id;
    TRY(salvage_refs_text(d, &text, e));
    while (text.n && str_split(&text, '\n', &line))
        if (str_split(&line, ' ', &id)) add_id(v, seen, arena_str(d->arena, id), v);
    return 0;
}

/* `cat-file --batch-check` answers a line for each id; what is missing or not a commit cannot be a parent. */
static int keep_commits(const SnapshotDir *d, StrVec *v, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str line, type;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(v, p) buf_add_fmt(&in, STR_FMT "\n", STR_ARG(*p));
    TRY(snapshot_run(d, d->user, GIT_ARGS("cat-file", "--batch-check=%(objecttype) %(objectname)"), buf_str(&in), &o,
                     e));
    vec_clear(v);
    while (o.out.n && str_split(&o.out, '\n', &line))
        if (str_split(&line, ' ', &type) && str_is(type, "commit")) vec_push(v, arena_str(d->arena, line));
    return 0;
}

/* Drops what HEAD reaches: one parent keeps it all. */
static int drop_reached(const SnapshotDir *d, Str head, StrVec *v, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str line;
    Map apart = {0};
    buf_init(&in, SNAPSHOT_LIST_MAX);
    buf_add_fmt(&in, "^" STR_FMT "\n", STR_ARG(head));
    vec_each(v, p) buf_add_fmt(&in, STR_FMT "\n", STR_ARG(*p));
    TRY(snapshot_run(d, d->user, GIT_ARGS("rev-list", "--stdin"), buf_str(&in), &o, e));
    while (o.out.n && str_split(&o.out, '\n', &line)) map_put(&apart, line, v);
    size_t n = 0;
    vec_each(v, p) if (map_find(&apart, *p)) v->items[n++] = *p;
    v->n = n;
    map_done(&apart);
    return 0;
}

static int collect(const SnapshotDir *d, StrVec *v, Map *seen, Err *e) {
    for (size_t i = 0; heads[i]; i++) TRY(add_from_file(d, heads[i], 1 << 20, v, seen, e));
    TRY(add_from_file(d, "logs/HEAD", REFLOG_BYTES, v, seen, e));
    TRY(add_refs(d, v, seen, e));
    TRY(add_rebased(d, v, seen, e));
    return v->n ? keep_commits(d, v, e) : 0;
}

int salvage_parents(const SnapshotDir *d, StrVec *ret, Err *e) {
    Map seen = {0};
    StrVec v = {0};
    Str head;
    int r = collect(d, &v, &seen, e);
    map_done(&seen);
    if (r >= 0) r = git_resolve(d->user, "HEAD", &head, e);
    if (r >= 0 && head.p) {
        vec_push(ret, head);
        r = v.n ? drop_reached(d, head, &v, e) : 0;
    }
    vec_each(&v, p) vec_push(ret, *p);
    vec_done(&v);
    return r;
}
