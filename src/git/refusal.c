#include "git/refusal.h"

#include "base/mem.h"
#include "base/text_cut.h"

enum { OUTPUT_LINES = ERR_DETAILS_MAX - 2, LINE_BYTES = 150 };

/* The sentences of git 2.39 in the C locale, and of OpenSSH; what is not listed is git's own failure. */
static const struct {
    const char *says;
    ErrCode code;
    const char *text;
} rows[] = {
    {"nothing to commit", ERR_CONFLICT, "there is nothing to commit"},
    {"nothing added to commit", ERR_CONFLICT, "nothing is staged: stage what the commit should contain"},
    {"no changes added to commit", ERR_CONFLICT, "nothing is staged: stage what the commit should contain"},
    {"you need to resolve your current index first", ERR_CONFLICT, "there are conflicts: resolve and stage them first"},
    {"because you have unmerged files", ERR_CONFLICT, "there are conflicts: resolve and stage them first"},
    {"You have nothing to amend", ERR_CONFLICT, "there is no commit to amend"},
    {"empty commit message", ERR_INVALID, "the message is empty"},
    {"but doing so would make", ERR_CONFLICT, "the amended commit would change nothing: allow an empty one"},
    {"is outside repository", ERR_INVALID, "a path leads out of the worktree"},
    {"Please tell me who you are", ERR_CONFLICT, "git does not know who you are: set user.name and user.email"},
    {"empty ident name", ERR_CONFLICT, "git does not know who you are: set user.name and user.email"},
    {"unable to auto-detect email", ERR_CONFLICT, "git does not know who you are: set user.name and user.email"},
    {"gpg failed to sign", ERR_CONFLICT, "the commit could not be signed: unlock the key, or turn commit.gpgSign off"},
    {"terminal prompts disabled", ERR_CONFLICT,
     "the remote wants credentials, and nobody can be asked for them here: store them with a credential helper"},
    {"could not read Username", ERR_CONFLICT,
     "the remote wants credentials, and nobody can be asked for them here: store them with a credential helper"},
    {"could not read Password", ERR_CONFLICT,
     "the remote wants credentials, and nobody can be asked for them here: store them with a credential helper"},
    {"Authentication failed", ERR_CONFLICT, "the remote refused the stored credentials"},
    {"Permission denied (", ERR_CONFLICT, "the remote accepts none of your ssh keys: add one to your ssh agent"},
    {"Host key verification failed", ERR_CONFLICT,
     "the remote's host key is not known: connect to it once with ssh and confirm the key"},
    {"(stale info)", ERR_CONFLICT, "the remote branch has moved since: fetch, look at it, and push again"},
    {"(fetch first)", ERR_CONFLICT, "the remote branch has commits that are not here: pull first"},
    {"(non-fast-forward)", ERR_CONFLICT, "the remote branch has commits that this one lacks: pull first"},
    {"[remote rejected]", ERR_CONFLICT, "the remote refused the push"},
    {"Not possible to fast-forward", ERR_CONFLICT, "both branches have commits of their own: merge or rebase instead"},
    {"Could not resolve host", ERR_PROVIDER, "the remote cannot be reached: its host name is not known"},
    {"Temporary failure in name resolution", ERR_PROVIDER, "the remote cannot be reached: its host name is not known"},
    {"Connection refused", ERR_PROVIDER, "the remote cannot be reached: it refuses the connection"},
    {"Failed to connect", ERR_PROVIDER, "the remote cannot be reached"},
    {"Connection timed out", ERR_PROVIDER, "the remote cannot be reached: it does not answer"},
    {"does not appear to be a git repository", ERR_NOT_FOUND, "there is no repository at the remote's address"},
    {"Repository not found", ERR_NOT_FOUND, "there is no repository at the remote's address, or you may not read it"},
    {"/' not found", ERR_NOT_FOUND, "there is no repository at the remote's address"},
    {"certificate verif", ERR_PROVIDER, "the remote's certificate is not trusted"},
    {"SSL certificate problem", ERR_PROVIDER, "the remote's certificate is not trusted"},
    {"fatal: transport '", ERR_INVALID, "git does not allow the transport of the remote's address"},
    {"couldn't find remote ref", ERR_NOT_FOUND, "the remote has no such branch"},
    {"is not something we can merge", ERR_NOT_FOUND, "there is no such commit"},
    {"refusing to merge unrelated histories", ERR_CONFLICT, "the two branches have no common commit"},
    {"did not match any file", ERR_NOT_FOUND, "a path is not a file of this worktree, or has not changed"},
    {"are ignored by one of your .gitignore", ERR_CONFLICT, "a path is ignored by .gitignore"},
    {"patch does not apply", ERR_CONFLICT, "the file has changed since: look at its current changes"},
    {"does not match index", ERR_CONFLICT, "the file has changed since: look at its current changes"},
    {"would be overwritten by", ERR_CONFLICT, "files are in the way; nothing was changed"},
    {"not uptodate. Cannot merge", ERR_CONFLICT, "files are being changed; nothing was changed"},
    {"is unmerged", ERR_CONFLICT, "a path is in conflict: resolve it first"},
    {"you must edit all merge conflicts", ERR_CONFLICT, "there are conflicts: resolve and stage them first"},
    {"fix conflicts and then", ERR_CONFLICT, "there are conflicts: resolve and stage them first"},
};

/* The last lines, in order, without empty ones. */
static size_t last_lines(Str text, Str ret[static OUTPUT_LINES]) {
    Str line;
    size_t n = 0;
    while (str_split(&text, '\n', &line)) {
        if (str_trim(line).n == 0) continue;
        if (n == OUTPUT_LINES) memmove(ret, ret + 1, --n * sizeof *ret);
        ret[n++] = text_cut(line, LINE_BYTES);
    }
    return n;
}

/* git indents its lists with tabs, which a detail would show as escapes. */
static Str without_tabs(Arena *a, Str line) {
    char *text = arena_cstr(a, line);
    for (size_t i = 0; i < line.n; i++)
        if (text[i] == '\t') text[i] = ' ';
    return str_n(text, line.n);
}

/* Is the line git's own, after what a hook has said? */
static bool is_gits(Str line) {
    static const char *const heads[] = {"fatal: ", "error: ", "hint: ", "warning: ", "Not committing merge;"};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (str_starts(line, str(heads[i]))) return true;
    return false;
}

/* ": " and what the hook said last; empty if it said nothing. */
static Str hook_words(Arena *a, const Str *lines, size_t n) {
    while (n > 0 && is_gits(str_trim(lines[n - 1]))) n--;
    return n ? arena_fmt(a, ": " STR_FMT, STR_ARG(str_trim(lines[n - 1]))) : STR("");
}

/* On a full disk git reads back an empty file, which it could not write, and finds the message empty. */
static bool is_misled(const GitOut *o, ErrCode code) { return o->is_disk_full && code == ERR_INVALID; }

int git_refused(const GitOut *o, const char *doing, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str lines[OUTPUT_LINES];
    Str all = arena_fmt(a, STR_FMT "\n" STR_FMT, STR_ARG(o->out), STR_ARG(o->err));
    size_t n = last_lines(all, lines);
    int r = 0;
    if (o->hook.n && !o->is_disk_full)
        r = err_fail(e, ERR_CONFLICT, "could not %s: the hook " STR_FMT " refused it" STR_FMT, doing, STR_ARG(o->hook),
                     STR_ARG(hook_words(a, lines, n)));
    for (size_t i = 0; i < COUNT_OF(rows) && !r; i++)
        if (str_find(all, str(rows[i].says), &(size_t){0}) && !is_misled(o, rows[i].code))
            r = err_fail(e, rows[i].code, "could not %s: %s", doing, rows[i].text);
    if (!r) r = git_failed(o, doing, e);
    for (size_t i = 0; i < n; i++) err_detail(e, "output", STR_FMT, STR_ARG(without_tabs(a, lines[i])));
    return r;
}

Str git_hook_note(const Git *g, const GitOut *o) {
    Str lines[OUTPUT_LINES];
    if (!o->hook.n) return (Str){0};
    size_t n = last_lines(o->err, lines);
    return arena_fmt(g->arena, "the hook " STR_FMT " failed with exit code %d" STR_FMT, STR_ARG(o->hook), o->hook_exit,
                     STR_ARG(hook_words(g->arena, lines, n)));
}

int git_user_act(const Git *g, const GitCall *c, const char *doing, GitOut *ret, Err *e) {
    GitCall call = *c;
    GitOut o;
    call.any_exit = true;
    TRY(git_user(g, &call, &o, e));
    if (o.exit_code) return git_refused(&o, doing, e);
    if (ret) *ret = o;
    return 0;
}
