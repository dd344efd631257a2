#include "git/branch_use.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "base/mem.h"
#include "git/repo.h"
#include "sys/file.h"

enum { FILE_BYTES = 1 << 20 };

/* The whole file; {NULL,0}: there is none. One that cannot be read is an error: it may name the branch. */
static int text_of(Arena *a, Str dir, const char *name, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, FILE_BYTES);
    *ret = (Str){0};
    int r = file_read(AT_FDCWD, arena_fmt(a, STR_FMT "/%s", STR_ARG(dir), name).p, &b, e);
    if (r == -ERR_NOT_FOUND) return 0;
    TRY(r);
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

static bool has_line(Str text, Str line) {
    Str one;
    while (text.n && str_split(&text, '\n', &one))
        if (str_eq(one, line)) return true;
    return false;
}

/* git-rebase's head-name and update-refs name full refs, git-bisect's start a branch. */
static int use_in(Arena *a, Str dir, Str ref, GitProgress *ret, Err *e) {
    static const struct {
        const char *file;
        GitProgress is;
    } files[] = {{"rebase-merge/head-name", GIT_PROGRESS_REBASE},
                 {"rebase-merge/update-refs", GIT_PROGRESS_REBASE},
                 {"rebase-apply/head-name", GIT_PROGRESS_REBASE},
                 {"BISECT_START", GIT_PROGRESS_BISECT}};
    *ret = GIT_PROGRESS_NONE;
    for (size_t i = 0; i < COUNT_OF(files) && !*ret; i++) {
        Str text;
        TRY(text_of(a, dir, files[i].file, &text, e));
        Str name = files[i].is == GIT_PROGRESS_BISECT ? git_short_branch(ref) : ref;
        if (has_line(text, name)) *ret = files[i].is;
    }
    return 0;
}

/* A record's gitdir file names the .git file of its worktree. */
static int path_of_record(Arena *a, Str record, Str *ret, Err *e) {
    Str link;
    TRY(text_of(a, record, "gitdir", &link, e));
    link = str_trim(link);
    *ret = str_ends(link, STR("/.git")) ? str_upto(link, link.n - 5) : record;
    return 0;
}

static int in_records(Arena *a, Str common, Str ref, GitBranchUse *ret, Err *e) {
    Str records = arena_fmt(a, STR_FMT "/worktrees", STR_ARG(common));
    CLEANUP(dir_closep) DIR *d = opendir(records.p);
    if (!d) return errno == ENOENT ? 0 : err_sys(e, "cannot read " STR_FMT, STR_ARG(records));
    for (struct dirent *en; !ret->is && (en = readdir(d));) {
        if (en->d_name[0] == '.') continue;
        Str record = arena_fmt(a, STR_FMT "/%s", STR_ARG(records), en->d_name);
        TRY(use_in(a, record, ref, &ret->is, e));
        if (ret->is) TRY(path_of_record(a, record, &ret->path, e));
    }
    return 0;
}

int git_branch_use(const Git *g, Str ref, GitBranchUse *ret, Err *e) {
    GitOut o;
    const char *const *args = GIT_ARGS("rev-parse", "--path-format=absolute", "--git-common-dir");
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    Str common = arena_str(g->arena, str_upto(o.out, o.out.n ? o.out.n - 1 : 0));
    *ret = (GitBranchUse){0};
    TRY(use_in(g->arena, common, ref, &ret->is, e));
    if (!ret->is) return in_records(g->arena, common, ref, ret, e);
    ret->path = str_ends(common, STR("/.git")) ? str_upto(common, common.n - 5) : common;
    return 0;
}
