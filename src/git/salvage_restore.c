/* Restoring a salvage: files, then index, HEAD and what was in progress. Every step can be repeated, and the present was
 * salvaged before the first.
 *
 * Invariant: what the restore replaces is what that salvage holds. From before the salvage to the end git's index.lock
 * keeps others from the index, files are only overwritten as the salvage has them (snapshot_apply), and refs are only
 * moved from the value that it has as a parent. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text_cut.h"
#include "git/index_lock.h"
#include "git/repo.h"
#include "git/salvage_in.h"
#include "sys/fault.h"
#include "sys/file.h"

enum { SHOWN_PATHS = 12, SHOWN_BYTES = 120, NOTE_BYTES = 2048 };

typedef struct Restore {
    SnapshotDir *d;
    SalvageRestore *r;
    Snapshot now, want;
    StrVec ids, names; /* of its state files */
    Str head_file;     /* the content of one of them */
    const GitSalvage *before;
    bool is_record;    /* made from git's record alone */
    Str symref, head;  /* what HEAD names, "" if it is detached, and its commit, {NULL,0} if it has none; */
    Str own, own_head; /* the same of the branch that is this worktree's to move; "" if there is none */
} Restore;

/* Whether index, HEAD and what was in progress are restored too. */
static bool has_state(const Restore *x) {
    return !x->r->paths.n && !x->r->files_only && !(x->is_record && x->r->is_anothers);
}

static Str tree_in(const Restore *x, const GitSalvage *s, const char *folder) {
    return arena_fmt(x->d->arena, STR_FMT ":%s", STR_ARG(s->commit), folder);
}

static Str tree_of(const Restore *x, const char *folder) { return tree_in(x, x->r->from, folder); }

static int has_tree(const Restore *x, Str tree, bool *ret, Err *e) {
    GitOut o;
    TRY(snapshot_ask(x->d, x->d->git, GIT_ARGS("rev-parse", "--verify", "--quiet", tree.p), &o, e));
    *ret = o.exit_code == 0;
    return 0;
}

static int list_tree(const Restore *x, Str tree, Str *ret, Err *e) {
    GitOut o;
    bool is_there;
    *ret = STR("");
    TRY(has_tree(x, tree, &is_there, e));
    if (!is_there) return 0;
    TRY(snapshot_run(x->d, x->d->git, GIT_ARGS("ls-tree", "-r", "-z", "--full-tree", tree.p), STR(""), &o, e));
    *ret = o.out;
    return 0;
}

/* The entries of one of its folders; none if it has no such folder. */
static int list_folder(const Restore *x, const char *folder, Str *ret, Err *e) {
    return list_tree(x, tree_of(x, folder), ret, e);
}

static bool split_entry(Str record, Str *mode, Str *id, Str *path) {
    Str type;
    if (!str_split(&record, ' ', mode) || !str_split(&record, ' ', &type) || !str_split(&record, '\t', id))
        return false;
    *path = record;
    return record.n > 0;
}

/* -- some files ---------------------------------------------------------------------------------------------- */

static bool is_asked(const StrList *paths, Str path) {
    for (size_t i = 0; i < paths->n; i++)
        if (path_is_beneath(path, paths->items[i])) return true;
    return paths->n == 0;
}

static int check_paths(const Restore *x, Str wanted, const StrVec *ignored, Err *e) {
    GitOut o;
    Str record, mode, id, path;
    StrVec have = {0};
    TRY(snapshot_run(x->d, x->d->git, GIT_ARGS("ls-tree", "-r", "-z", "--full-tree", x->now.files.p), STR(""), &o, e));
    Str lists[2] = {wanted, x->is_record ? STR("") : o.out};
    for (int k = 0; k < 2; k++)
        while (lists[k].n && str_split(&lists[k], '\0', &record))
            if (split_entry(record, &mode, &id, &path)) vec_push(&have, path);
    vec_each(ignored, p) vec_push(&have, *p);
    vec_each(&x->want.contents.items, i) vec_push(&have, i->path);
    if (!x->is_record) vec_each(&x->now.contents.items, i) vec_push(&have, i->path);
    int r = 0;
    for (size_t i = 0; r == 0 && i < x->r->paths.n; i++) {
        bool found = false;
        for (size_t k = 0; !found && k < have.n; k++) found = path_is_beneath(have.items[k], x->r->paths.items[i]);
        if (!found)
            r = err_fail(e, ERR_NOT_FOUND, "%s%s%s " STR_FMT, x->is_record ? "the " : "neither the ",
                         x->r->files_only ? "checkpoint" : "salvage",
                         x->is_record ? " does not have" : " nor the worktree has", STR_ARG(x->r->paths.items[i]));
    }
    vec_done(&have);
    return r;
}

/* The usual modes of the two may differ: then a file that had the usual one needs a record. */
static void keep_mode(Restore *x, const Map *items, Str mode, Str path, Manifest *m) {
    bool is_exec = str_is(mode, "100755");
    const Manifest *w = &x->want.contents;
    uint32_t bits = is_exec ? w->exec : w->file, usual = is_exec ? m->exec : m->file;
    if (!str_starts(mode, STR("100")) || map_find(items, path) || bits == usual) return;
    vec_push(&m->items, (ManifestItem){KEPT_FILE, bits, STR("-"), arena_str(x->d->arena, path)});
}

/* The present manifest with the asked paths as the salvage had them. A record has no modes, so the present ones stay. */
static void mix_manifest(Restore *x, Str wanted, Manifest *ret) {
    const Manifest *now = &x->now.contents, *want = &x->want.contents;
    Map items = {0};
    Str record, mode, id, path;
    *ret = (Manifest){.file = now->file, .exec = now->exec, .folder = now->folder};
    vec_each(&now->items, i) if (x->is_record || !is_asked(&x->r->paths, i->path)) vec_push(&ret->items, *i);
    if (x->is_record) return;
    vec_each(&want->items, i) {
        if (!is_asked(&x->r->paths, i->path)) continue;
        vec_push(&ret->items, *i);
        map_put(&items, i->path, i);
    }
    while (wanted.n && str_split(&wanted, '\0', &record))
        if (split_entry(record, &mode, &id, &path)) keep_mode(x, &items, mode, path, ret);
    map_done(&items);
    manifest_sort(ret);
}

static void add_paths(const StrList *paths, Buf *in) {
    for (size_t i = 0; i < paths->n; i++) {
        buf_add_str(in, paths->items[i]);
        buf_add_c(in, '\0');
    }
}

/* The present files with the asked paths replaced by those of the salvage, or removed where it has none. A record says
 * nothing about files that were not staged: it only adds and replaces. */
static int mix(Restore *x, const StrVec *ignored, Snapshot *ret, Err *e) {
    CLEANUP(buf_done) Buf in, entries;
    GitOut o;
    Str all, rest, record, mode, id, path;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    buf_init(&entries, SNAPSHOT_LIST_MAX);
    TRY(list_folder(x, x->is_record ? "staged" : "files", &all, e));
    for (rest = all; rest.n && str_split(&rest, '\0', &record);)
        if (split_entry(record, &mode, &id, &path) && is_asked(&x->r->paths, path) && !str_is(mode, "160000"))
            buf_add(&entries, record.p, record.n + 1);
    TRY(check_paths(x, buf_str(&entries), ignored, e));
    add_paths(&x->r->paths, &in);
    const Git *g = snapshot_index(x->d, "mix", x->d->top);
    TRY(snapshot_run(x->d, g, GIT_ARGS("read-tree", x->now.files.p), STR(""), &o, e));
    if (!x->is_record)
        TRY(snapshot_run(x->d, g,
                         GIT_ARGS("rm", "-r", "-f", "-q", "--cached", "--ignore-unmatch", "--pathspec-from-file=-",
                                  "--pathspec-file-nul"),
                         buf_str(&in), &o, e));
    TRY(snapshot_run(x->d, g, GIT_ARGS("update-index", "--replace", "-z", "--index-info"), buf_str(&entries), &o, e));
    *ret = (Snapshot){0};
    TRY(snapshot_write_tree(x->d, g, &ret->files, e));
    Manifest m;
    mix_manifest(x, buf_str(&entries), &m);
    ret->contents = *snapshot_own(x->d, &m);
    return snapshot_without_nested(x->d, ret, &ret->own, e);
}

static void add_note(Restore *x, Str note) {
    x->r->note = x->r->note.p ? arena_fmt(x->d->arena, STR_FMT "; " STR_FMT, STR_ARG(x->r->note), STR_ARG(note)) : note;
}

static void note_kept(Restore *x, const StrVec *kept) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, NOTE_BYTES);
    if (!kept->n) return;
    for (size_t i = 0; i < kept->n && i < SHOWN_PATHS; i++) {
        buf_add_str(&b, i ? STR(", ") : STR(""));
        buf_add_str(&b, text_printable(x->d->arena, text_cut(kept->items[i], SHOWN_BYTES)));
    }
    if (kept->n > SHOWN_PATHS) buf_add_fmt(&b, " and %zu more", kept->n - SHOWN_PATHS);
    add_note(x, arena_fmt(x->d->arena, "ignored or left out when this was saved, so left as they are: " STR_FMT,
                          STR_ARG(buf_str(&b))));
}

static int apply_files(Restore *x, const StrVec *ignored, Err *e) {
    Snapshot goal = x->want;
    StrVec kept = {0};
    int r = x->r->paths.n || x->is_record ? mix(x, ignored, &goal, e) : 0;
    if (r >= 0) r = snapshot_keep_left(x->d, &x->now, &goal, &kept, e);
    const SalvageOnce *once = &x->r->once;
    if (r >= 0 && !once->before && once->on_saved) r = once->on_saved(once->arg, x->before, goal.files, e);
    if (r >= 0) r = snapshot_apply(x->d, &x->now, &goal, e);
    if (r >= 0) note_kept(x, &kept);
    vec_done(&kept);
    return r;
}

/* -- ignored files ------------------------------------------------------------------------------------------- */

/* Those that exist are part of the salvage of the present. */
static int list_ignored(const Restore *x, StrVec *ret, Err *e) {
    Str all, record, mode, id, path;
    TRY(list_folder(x, "ignored", &all, e));
    while (all.n && str_split(&all, '\0', &record))
        if (split_entry(record, &mode, &id, &path) && is_asked(&x->r->paths, path))
            vec_push(ret, arena_str(x->d->arena, path));
    return 0;
}

static int write_ignored(const Restore *x, const StrVec *paths, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    if (!paths->n) return 0;
    add_paths(&(StrList){paths->items, paths->n}, &in);
    const Git *g = snapshot_index(x->d, "ignored", x->d->top);
    TRY(snapshot_run(x->d, g, GIT_ARGS("read-tree", tree_of(x, "ignored").p), STR(""), &o, e));
    return snapshot_run(x->d, g, GIT_ARGS("checkout-index", "-f", "-q", "-z", "--stdin"), buf_str(&in), &o, e);
}

/* -- HEAD ---------------------------------------------------------------------------------------------------- */

static int read_symref(const Restore *x, Str *ret, Err *e) {
    GitOut o;
    TRY(snapshot_ask(x->d, x->d->user, GIT_ARGS("symbolic-ref", "--quiet", "HEAD"), &o, e));
    *ret = arena_str(x->d->arena, str_trim(o.out));
    return 0;
}

/* Before the salvage is made. The branch is the one checked out, or the one that a rebase will move at its end. */
static int read_head(Restore *x, Err *e) {
    TRY(read_symref(x, &x->symref, e));
    TRY(git_resolve(x->d->user, "HEAD", &x->head, e));
    x->own = x->symref.n ? x->symref : salvage_rebased(x->d);
    return x->own.n ? git_resolve(x->d->user, x->own.p, &x->own_head, e) : 0;
}

static int moved_meanwhile(const char *ref, Err *e) {
    return err_fail(e, ERR_CONFLICT,
                    "%s changed while a salvage was being restored: files are restored, HEAD and the index are not; "
                    "try again",
                    ref);
}

/* HEAD must be as it was before the salvage was made, and as the salvage has it. */
static int check_head(const Restore *x, Err *e) {
    Str symref, head;
    TRY(read_symref(x, &symref, e));
    TRY(git_resolve(x->d->user, "HEAD", &head, e));
    bool is_same = str_eq(symref, x->symref) && str_eq(head, x->head) && str_eq(head, x->before->head);
    return is_same ? 0 : moved_meanwhile("HEAD", e);
}

/* Moves a ref from `old`, {NULL,0} if it must not exist, to `id`, or deletes it if that is {NULL,0}. */
static int move_ref(const Restore *x, const char *ref, Str old, Str id, Err *e) {
    GitOut o;
    Str now, none = arena_fmt(x->d->arena, "%0*d", (int)x->d->id_chars, 0);
    if (!old.p) old = none;
    if (!id.p) id = none;
    const char *const *args = GIT_ARGS("update-ref", "--no-deref", "-m", "muster: restore a salvage", ref,
                                       arena_cstr(x->d->arena, id), arena_cstr(x->d->arena, old));
    TRY(snapshot_ask(x->d, x->d->user, args, &o, e));
    if (o.exit_code == 0) return 0;
    TRY(git_resolve(x->d->user, ref, &now, e));
    return str_eq(now.p ? now : none, old) ? git_failed(&o, "restore a ref", e) : moved_meanwhile(ref, e);
}

static int move_head(Restore *x, Str id, Err *e) {
    TRY(move_ref(x, "HEAD", x->head, id, e));
    x->head = id;
    return 0;
}

static int move_own(Restore *x, Str id, Err *e) {
    if (str_eq(x->own_head, id)) return 0;
    TRY(move_ref(x, x->own.p, x->own_head, id, e));
    x->own_head = id;
    if (x->symref.n) x->head = id;
    return 0;
}

static int attach(const Restore *x, Str branch, Err *e) {
    GitOut o;
    return snapshot_run(x->d, x->d->user, GIT_ARGS("symbolic-ref", "-m", "muster: restore a salvage", "HEAD", branch.p),
                        STR(""), &o, e);
}

static int is_elsewhere(const Restore *x, Str branch, bool *ret, Err *e) {
    GitWorktreeList l;
    TRY(git_worktrees(x->d->user, &l, e));
    *ret = false;
    for (size_t i = 0; i < l.n; i++) *ret |= str_eq(l.items[i].branch, branch) && !str_is(l.items[i].path, x->d->top);
    return 0;
}

/* The branch that was checked out is now another worktree's, or has other commits: HEAD is then detached, so that
 * nothing of theirs changes. */
static int attach_if_free(Restore *x, Str branch, Str at, Str head, Err *e) {
    bool elsewhere;
    TRY(is_elsewhere(x, branch, &elsewhere, e));
    bool has_moved = at.p && !str_eq(at, head);
    if (!elsewhere && !has_moved) {
        if (!at.p && head.p) TRY(move_ref(x, branch.p, at, head, e));
        return attach(x, branch, e);
    }
    add_note(x, arena_fmt(x->d->arena, "branch " STR_FMT " %s; HEAD is detached", STR_ARG(git_short_branch(branch)),
                          elsewhere ? "is checked out in another worktree" : "has moved"));
    return head.p ? move_head(x, head, e) : 0;
}

static int restore_head(Restore *x, Str head_file, Err *e) {
    Str at, branch = STR("ref: "), head = x->r->from->head;
    if (!str_starts(head_file, branch)) return move_head(x, arena_str(x->d->arena, str_trim(head_file)), e);
    branch = arena_str(x->d->arena, str_trim(str_from(head_file, branch.n)));
    if (str_eq(x->own, branch)) {
        if (head.p) TRY(move_own(x, head, e));
        return attach(x, branch, e);
    }
    TRY(git_resolve(x->d->user, branch.p, &at, e));
    return attach_if_free(x, branch, at, head, e);
}

/* -- state files --------------------------------------------------------------------------------------------- */

static int blob(const Restore *x, Str id, Str *ret, Err *e) {
    GitOut o;
    TRY(snapshot_run(x->d, x->d->git, GIT_ARGS("cat-file", "blob", arena_cstr(x->d->arena, id)), STR(""), &o, e));
    *ret = o.out;
    return 0;
}

static int damaged(const char *what, Str text, Err *e) {
    return err_fail(e, ERR_GIT, "the salvage is damaged: %s " STR_FMT "; nothing was restored", what,
                    STR_ARG(text_cut(text, SHOWN_BYTES)));
}

static int list_state(Restore *x, Err *e) {
    Str all, record, mode, id, path;
    TRY(list_folder(x, "state", &all, e));
    while (all.n && str_split(&all, '\0', &record)) {
        if (!split_entry(record, &mode, &id, &path)) continue;
        if (!manifest_is_inside(path)) return damaged("its state has the path", path, e);
        vec_push(&x->ids, arena_str(x->d->arena, id));
        vec_push(&x->names, arena_str(x->d->arena, path));
    }
    return 0;
}

static int state_file(const Restore *x, const char *name, Str *ret, Err *e) {
    *ret = (Str){0};
    for (size_t i = 0; i < x->names.n; i++)
        if (str_is(x->names.items[i], name)) return blob(x, x->ids.items[i], ret, e);
    return 0;
}

/* Is it one of the files that a restore puts back? HEAD and the index have their own steps. */
static bool is_restored(Str name) {
    if (str_is(name, "HEAD") || str_is(name, "index")) return false;
    for (size_t i = 0; salvage_state_names[i]; i++) {
        Str known = str(salvage_state_names[i]);
        if (str_eq(name, known) || (str_ends(known, STR("/")) && str_starts(name, known))) return true;
    }
    return str_starts(name, STR("sharedindex."));
}

static bool was_there(const Restore *x, Str name) {
    for (size_t i = 0; i < x->names.n; i++)
        if (str_eq(x->names.items[i], name)) return true;
    return false;
}

/* What is in progress now and was not then. */
static int remove_state(const Restore *x, Err *e) {
    StrVec present = {0};
    int r = salvage_state_files(x->d, &present, e);
    for (size_t i = 0; r >= 0 && i < present.n; i++) {
        Str name = present.items[i];
        if (!is_restored(name) || was_there(x, name) || str_starts(name, STR("sharedindex."))) continue;
        Str path = arena_fmt(x->d->arena, "%s/" STR_FMT, x->d->git_dir, STR_ARG(name));
        if (unlink(path.p) < 0 && errno != ENOENT) r = err_sys(e, "could not remove " STR_FMT, STR_ARG(path));
        const char *slash = strchr(name.p, '/');
        if (slash) (void)rmdir(arena_fmt(x->d->arena, "%s/%.*s", x->d->git_dir, (int)(slash - name.p), name.p).p);
    }
    vec_done(&present);
    return r;
}

/* Makes the folder if it is missing. git has no links there, and none is followed out of its folder. */
static int enter(int *fd, const char *name, Err *e) {
    int inner = -1;
    if (mkdirat(*fd, name, 0777) < 0 && errno != EEXIST) return err_sys(e, "could not create %s in git's folder", name);
    inner = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0 && (errno == ELOOP || errno == ENOTDIR))
        return err_fail(e, ERR_CONFLICT, "%s in git's folder is not a folder; git's state was not restored whole",
                        name);
    if (inner < 0) return err_sys(e, "could not open %s in git's folder", name);
    fd_closep(fd);
    *fd = inner;
    return 0;
}

static int write_state_file(const Restore *x, Str name, Str bytes, Err *e) {
    Str part;
    CLEANUP(fd_closep) int fd = open(x->d->git_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return err_sys(e, "could not open %s", x->d->git_dir);
    Str last = path_last(name), folders = str_upto(name, name.n - last.n);
    while (folders.n && str_split(&folders, '/', &part)) TRY(enter(&fd, arena_cstr(x->d->arena, part), e));
    return file_write_atomic(fd, arena_cstr(x->d->arena, last), bytes, 0644, e);
}

static int write_state(const Restore *x, Err *e) {
    for (size_t i = 0; i < x->names.n; i++) {
        Str bytes;
        if (!is_restored(x->names.items[i])) continue;
        TRY(blob(x, x->ids.items[i], &bytes, e));
        TRY(write_state_file(x, x->names.items[i], bytes, e));
    }
    return 0;
}

static int write_index(const Restore *x, Err *e) {
    Str bytes;
    struct stat st;
    TRY(state_file(x, "index", &bytes, e));
    if (!bytes.p) return 0;
    mode_t mode = stat(x->d->index, &st) == 0 ? st.st_mode & 0777 : 0644;
    return file_write_atomic(AT_FDCWD, x->d->index, bytes, mode, e);
}

/* The value of a ref in a text of salvage_refs_text; {NULL,0} if it is not there. */
static Str ref_in(Arena *a, Str text, Str name) {
    Str line, id;
    while (text.n && str_split(&text, '\n', &line))
        if (str_split(&line, ' ', &id) && str_eq(line, name)) return arena_str(a, id);
    return (Str){0};
}

static int refs_of(const Restore *x, const GitSalvage *s, Str *ret, Err *e) {
    GitOut o;
    Str spec = arena_fmt(x->d->arena, STR_FMT ":refs", STR_ARG(s->commit));
    TRY(snapshot_ask(x->d, x->d->git, GIT_ARGS("cat-file", "blob", spec.p), &o, e));
    *ret = o.exit_code ? STR("") : o.out;
    return 0;
}

static int restore_refs(const Restore *x, Err *e) {
    Str now, want, rest, name, id;
    TRY(refs_of(x, x->before, &now, e));
    TRY(refs_of(x, x->r->from, &want, e));
    for (rest = now; rest.n && str_split(&rest, '\n', &name);)
        if (str_split(&name, ' ', &id) && !ref_in(x->d->arena, want, name).p)
            TRY(move_ref(x, arena_cstr(x->d->arena, name), id, (Str){0}, e));
    for (rest = want; rest.n && str_split(&rest, '\n', &name);)
        if (str_split(&name, ' ', &id))
            TRY(move_ref(x, arena_cstr(x->d->arena, name), ref_in(x->d->arena, now, name), id, e));
    return 0;
}

/* A rebase that went on has moved the branch that it will move at its end; git then expects it where it was
 * (git-rebase's state: head-name and orig-head). Only the branch that this worktree has checked out is moved back. */
static int restore_rebased(Restore *x, Err *e) {
    Str name, head;
    TRY(state_file(x, "rebase-merge/head-name", &name, e));
    TRY(state_file(x, "rebase-merge/orig-head", &head, e));
    if (!name.p || !head.p || !str_starts(name, STR("refs/heads/"))) return 0;
    if (!salvage_is_id(str_trim(head))) return 0;
    return str_eq(x->own, str_trim(name)) ? move_own(x, arena_str(x->d->arena, str_trim(head)), e) : 0;
}

/* Whoever makes a repository can make its refs, so a salvage may hold anything: what it would write into git's folder, and
 * which refs it would move, is checked before the first file is restored. */
static int check_state(Restore *x, Err *e) {
    Str refs, line, id, branch = STR("ref: ");
    if (!has_state(x)) return 0;
    TRY(list_state(x, e));
    TRY(state_file(x, "HEAD", &x->head_file, e));
    if (!x->head_file.p) return err_fail(e, ERR_NOT_FOUND, "the salvage has no HEAD");
    Str head = str_trim(x->head_file);
    bool is_branch = str_starts(head, branch);
    if (is_branch) branch = str_trim(str_from(head, branch.n));
    bool is_sound =
        is_branch ? str_starts(branch, STR("refs/heads/")) && manifest_is_inside(branch) : salvage_is_id(head);
    if (!is_sound) return damaged("its HEAD is", head, e);
    TRY(refs_of(x, x->r->from, &refs, e));
    while (refs.n && str_split(&refs, '\n', &line))
        if (!str_split(&line, ' ', &id) || !salvage_is_id(id) || !salvage_is_own_ref(line))
            return damaged("it has the ref", line, e);
    return 0;
}

static int restore_state(Restore *x, Err *e) {
    if (!has_state(x)) return 0;
    TRY(check_head(x, e));
    TRY(restore_rebased(x, e));
    TRY(restore_head(x, x->head_file, e));
    CRASH("salvage.head");
    TRY(write_index(x, e));
    TRY(remove_state(x, e));
    TRY(write_state(x, e));
    return restore_refs(x, e);
}

/* -- once more ----------------------------------------------------------------------------------------------- */

static int since_then(const char *what, Err *e) {
    return err_fail(e, ERR_CONFLICT, "%s changed after the restore was interrupted", what);
}

/* The asked paths in which two trees differ. */
static int list_differing(const Restore *x, Str from, Str to, StrVec *ret, Err *e) {
    GitOut o;
    Str path;
    const char *const *args = GIT_ARGS("diff-tree", "-r", "-z", "--name-only", "--no-renames", from.p, to.p);
    TRY(snapshot_ask(x->d, x->d->git, args, &o, e));
    if (o.exit_code) return err_fail(e, ERR_CONFLICT, "what the interrupted restore began with is gone");
    while (o.out.n && str_split(&o.out, '\0', &path))
        if (is_asked(&x->r->paths, path)) vec_push(ret, arena_str(x->d->arena, path));
    return 0;
}

static int content_at(const Restore *x, Str tree, Str path, Str *ret, Err *e) {
    GitOut o;
    Str what = arena_fmt(x->d->arena, STR_FMT ":" STR_FMT, STR_ARG(tree), STR_ARG(path));
    TRY(snapshot_ask(x->d, x->d->git, GIT_ARGS("cat-file", "blob", what.p), &o, e));
    *ret = o.exit_code ? (Str){0} : o.out;
    return 0;
}

/* The file that git was writing when it was killed: it is missing, or the beginning of what it was to be. */
static int check_cut_off(const Restore *x, Str path, Err *e) {
    Str now, goal;
    TRY(content_at(x, x->now.files, path, &now, e));
    TRY(content_at(x, x->r->once.files, path, &goal, e));
    if (goal.p && str_starts(goal, now.p ? now : STR(""))) return 0;
    int r = since_then("files", e);
    err_detail(e, "changed", STR_FMT, STR_ARG(text_cut(path, SHOWN_BYTES)));
    return r;
}

static int check_paths_left(const Restore *x, const StrVec *since, const StrVec *to_do, Err *e) {
    Map changed = {0};
    int n = 0, r = 0;
    vec_each(since, p) map_put(&changed, *p, p);
    for (size_t i = 0; r >= 0 && i < to_do->n; i++) {
        if (!map_find(&changed, to_do->items[i])) continue;
        r = n++ ? since_then("files", e) : check_cut_off(x, to_do->items[i], e); /* git writes one at a time */
    }
    map_done(&changed);
    return r;
}

/* Each file must be as it was or as it is to be. */
static int check_files_left(const Restore *x, Err *e) {
    StrVec since = {0}, to_do = {0};
    int r = list_differing(x, tree_in(x, x->r->once.before, "files"), x->now.files, &since, e);
    if (r >= 0) r = list_differing(x, arena_str(x->d->arena, x->r->once.files), x->now.files, &to_do, e);
    if (r >= 0) r = check_paths_left(x, &since, &to_do, e);
    vec_done(&since);
    vec_done(&to_do);
    return r;
}

/* Each entry of a folder of the present salvage must be one of the first one's or of those to be restored. */
static int check_entries_left(const Restore *x, const char *folder, const char *what, Err *e) {
    Map known = {0};
    Str now, record;
    Str lists[2];
    bool is_same = true;
    TRY(list_tree(x, tree_in(x, x->before, folder), &now, e));
    TRY(list_tree(x, tree_in(x, x->r->once.before, folder), &lists[0], e));
    TRY(list_folder(x, folder, &lists[1], e));
    for (int k = 0; k < 2; k++)
        while (lists[k].n && str_split(&lists[k], '\0', &record)) map_put(&known, record, &known);
    while (now.n && str_split(&now, '\0', &record)) is_same &= map_find(&known, record) != NULL;
    map_done(&known);
    return is_same ? 0 : since_then(what, e);
}

static bool is_either(Str now, Str was, Str to_be) { return str_eq(now, was) || str_eq(now, to_be); }

/* A restore writes the index at once, so it is the one or the other as a whole. */
static int check_index_left(const Restore *x, Err *e) {
    static const char *const stages[] = {"staged", "base", "ours", "theirs"};
    bool is_was = true, is_to_be = true;
    for (size_t i = 0; i < COUNT_OF(stages); i++) {
        Str now, was, to_be;
        TRY(list_tree(x, tree_in(x, x->before, stages[i]), &now, e));
        TRY(list_tree(x, tree_in(x, x->r->once.before, stages[i]), &was, e));
        TRY(list_folder(x, stages[i], &to_be, e));
        is_was &= str_eq(now, was);
        is_to_be &= str_eq(now, to_be);
    }
    return is_was || is_to_be ? 0 : since_then("what is staged", e);
}

static int check_left(const Restore *x, Err *e) {
    Str orig;
    const GitSalvage *now = x->before, *was = x->r->once.before, *to_be = x->r->from;
    if (!was) return 0;
    TRY(check_files_left(x, e));
    TRY(check_entries_left(x, "ignored", "ignored files", e));
    if (!has_state(x)) return 0;
    TRY(check_index_left(x, e));
    TRY(state_file(x, "rebase-merge/orig-head", &orig, e));
    bool is_head = is_either(now->head, was->head, to_be->head) || (orig.p && str_eq(now->head, str_trim(orig)));
    bool is_branch = !now->branch.n || is_either(now->branch, was->branch, to_be->branch);
    return is_head && is_branch ? 0 : since_then("HEAD", e);
}

/* -- what is wanted ------------------------------------------------------------------------------------------ */

/* Without its manifest, files can still be restored by their paths, with the usual modes. */
static int read_wanted(Restore *x, Err *e) {
    Err why = {0};
    int r = snapshot_read(x->d, x->r->from->commit, &x->want, &why);
    if (r >= 0) return 0;
    if (r != -ERR_GIT || !x->r->paths.n) {
        *e = why;
        return r;
    }
    x->want = (Snapshot){.contents = {.file = 0644, .exec = 0755, .folder = 0755}};
    x->r->note = arena_fmt(x->d->arena, "%s; modes, empty folders and pipes are not as they were", why.text);
    return 0;
}

/* A salvage without files has the state of a worktree, as of one whose folder was gone. Of anything else, the files are needed. */
static int find_kind(Restore *x, Err *e) {
    bool has_files, has_state_files;
    TRY(has_tree(x, tree_of(x, "files"), &has_files, e));
    TRY(has_tree(x, tree_of(x, "state"), &has_state_files, e));
    x->is_record = has_state_files && !has_files && !x->r->files_only;
    return x->is_record ? salvage_require(x->d->git, x->r->from->commit, e) : read_wanted(x, e);
}

static void note_record(Restore *x) {
    if (!x->is_record) return;
    add_note(x, STR("this was saved without files: of them, only those that were staged are restored"));
    if (x->r->is_anothers && !x->r->paths.n) add_note(x, STR("HEAD and the index of this worktree stay as they are"));
}

/* -- the whole ----------------------------------------------------------------------------------------------- */

static int restore(Restore *x, const SalvageAsk *ask, const StrVec *ignored, GitSalvage *ret, Err *e) {
    SalvageAsk with = *ask;
    with.ignored = (StrList){ignored->items, ignored->n};
    TRY(check_state(x, e));
    TRY(read_head(x, e));
    TRY(salvage_make_in(x->d, &with, &x->now, ret, e));
    x->before = ret;
    TRY(check_left(x, e));
    TRY(apply_files(x, ignored, e));
    TRY(write_ignored(x, ignored, e));
    TRY(restore_state(x, e));
    note_record(x);
    if (x->r->once.before) *ret = *x->r->once.before;
    return 0;
}

/* Files alone leave the index as it is. */
static int restore_locked(Restore *x, const SalvageAsk *ask, const StrVec *ignored, GitSalvage *ret, Err *e) {
    if (!has_state(x)) return restore(x, ask, ignored, ret, e);
    TRY(index_lock_take(x->d->index, x->d->mark, e));
    int r = restore(x, ask, ignored, ret, e);
    index_lock_release(x->d->index, x->d->mark);
    return r;
}

int salvage_restore(const Git *g, const SalvageAsk *ask, SalvageRestore *r, GitSalvage *ret, Err *e) {
    SnapshotDir *opened;
    StrVec ignored = {0};
    TRY(snapshot_open(g, &ask->shot, &opened, e));
    CLEANUP(snapshot_closep) SnapshotDir *d = opened;
    Restore x = {.d = d, .r = r};
    int result = list_ignored(&x, &ignored, e);
    if (result >= 0) result = find_kind(&x, e);
    if (result >= 0) result = restore_locked(&x, ask, &ignored, ret, e);
    if (r->note.p) r->note = text_cut(r->note, NOTE_BYTES);
    vec_done(&ignored);
    vec_done(&x.ids);
    vec_done(&x.names);
    return result;
}
