/* What the checks of a worktree say about what it has now. */
#include "base/mem.h"
#include "change/change_in.h"

/* Passed, on what is there now, and nothing changed while it ran. */
static bool is_met(const ScriptRun *r, Str content_id) {
    return r->state == SCRIPT_PASSED && r->content_id.p && r->end_content_id.p && str_eq(r->content_id, content_id) &&
           str_eq(r->end_content_id, content_id);
}

int64_t checks_unmet(const ScriptRunList *l, Str content_id) {
    int64_t n = 0;
    for (size_t i = 0; i < l->n; i++) n += !is_met(&l->items[i], content_id);
    return n;
}

int checks_require(OpCall *c, const Git *g, Str worktree_id, Err *e) {
    enum { NAMED = 14 };
    GitStatus s;
    ScriptRunList l = {0};
    int64_t named = 0;
    TRY(script_checks(c->db, worktree_id, c->arena, &l, e));
    if (!l.n) return 0;
    TRY(git_status(g, &s, e));
    int64_t n = checks_unmet(&l, s.content_id);
    if (!n) return 0;
    int r = err_fail(e, ERR_CONFLICT,
                     "%lld %s not passed on what this worktree has now: run them first, or land without them",
                     (long long)n, str_plural(n, "check has", "checks have"));
    for (size_t i = 0; i < l.n && named < NAMED; i++) {
        const ScriptRun *run = &l.items[i];
        if (is_met(run, s.content_id)) continue;
        bool is_old = run->state == SCRIPT_PASSED;
        err_detail(e, "checks", STR_FMT ": %s", STR_ARG(run->name),
                   is_old ? "passed, but on other content" : enum_word(&ScriptState_enum, (int)run->state));
        named++;
    }
    return r;
}
