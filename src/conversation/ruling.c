/* Rules and the asks of a log. They are prepared on the worker, where files may be looked at and arguments repeated, and
 * decide in the write that stores the ask.
 *
 * An ask is decided at most once. An answer that the log shows has taken the ask from the adapter's state by the end
 * of its batch, so that is_awaited is false; and while a log is read again after a restore, no rule is asked at all. */
#include "approval/facts.h"
#include "base/mem.h"
#include "conversation/conversation_in.h"
#include "core/launch.h"

/* The folder of the launch: the worktree. */
static Str folder_of(const LaunchRow *l, Arena *a) {
    Json *spec = NULL;
    return json_parse(a, l->spec, JSON_DEPTH_REQUEST, &spec, NULL) < 0 ? (Str){0} : json_str(spec, "cwd");
}

static int prepare_ruling(const RulingOf *of, ParsedEvent *p, Err *e) {
    const EvAsk *v = p->value;
    AskRuling *ruling = NULL;
    AskFacts *facts = arena_new_in(of->arena, AskFacts);
    FactsOf what = {.tool = v->tool, .input = v->input, .is_titled = HAS(EvAsk, v, is_titled)};
    what.folder = folder_of(of->launch, of->arena);
    what.errands = of->app->errands;
    facts_read(&what, of->arena, facts);
    GIVE(Ask, p->ask, facts, facts);
    p->is_awaited = !of->launch->restored && derive_has_ask(of->derive, v->request_id);
    if (p->is_awaited) TRY(ask_prepare(of->app, of->db, p->ask, of->arena, &ruling, e));
    p->ruling = ruling;
    return 0;
}

int conversation_prepare_rulings(const RulingOf *of, DerivedBatch *b, Err *e) {
    for (size_t i = 0; i < b->n_events; i++) {
        ParsedEvent *p = &b->parsed[i];
        if (b->events[i].kind == EV_KIND_ASK && p->value && ((const EvAsk *)p->value)->kind == ASK_PERMISSION)
            TRY(prepare_ruling(of, p, e));
    }
    return 0;
}

/* A launch that a person is stopping takes no answer any more. */
int conversation_rule(App *app, Tx *tx, const ParsedEvent *p, Arena *a, bool *ret_decided, Err *e) {
    LaunchRow l;
    bool found = false;
    *ret_decided = false;
    if (!p->is_awaited) return 0;
    TRY(launch_find(tx_conn(tx), p->ask->launch_id, a, &l, &found, e));
    if (!found || l.restored || l.stop_asked) return 0;
    return ask_rule(tx, &(AskRule){.app = app, .ask = p->ask, .prepared = p->ruling, .arena = a}, ret_decided, e);
}
