/* What launches of all subjects share: derivation on a worker, its result inside the derived write, and the effects of
 * an answer to an ask. */
#define LOG_MODULE "conversation"
#include <stdlib.h>

#include "approval/approval.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_in.h"
#include "core/hook.h"
#include "core/launch_input.h"

enum { ANSWER_MAX = 16 << 20 };

typedef struct Live {
    Derive *derive;
    bool is_plain, has_gap; /* of the current batch */
    DerivedGap gap;
    DerivedBatch batch; /* with the contents of its events, in the arena */
    Arena *arena;
} Live;

int conversation_open(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ConversationSubject who;
    TRY(conversation_find_subject(app, db, (ConversationOf){l->owner_kind, l->owner_id}, a, &who, e));
    DeriveFrom from = {l->owner_state, l->owner_begin, {l->derived, l->seen, l->skip}};
    Live *live = mu_new(Live);
    *ret_live = live;
    if (derive_new(who.adapter, &from, &live->derive, e) >= 0) return 0;
    free(live);
    *ret_live = NULL;
    return -(int)ERR_INTERNAL;
}

void conversation_close(void *live_) {
    Live *live = live_;
    derive_free(live->derive);
    arena_freep(&live->arena);
    free(live);
}

static bool has_ask(const DerivedBatch *b) {
    for (size_t i = 0; i < b->n_events; i++)
        if (b->events[i].kind == EV_KIND_ASK) return true;
    return false;
}

static int parse_batch(Live *live, const LaunchBatchIn *in, Err *e) {
    const LaunchRow *l = in->launch;
    RulingOf of = {in->app, in->db, l, live->derive, live->arena};
    ConversationSubject *who = NULL;
    bool asks = has_ask(&live->batch);
    if (asks) {
        who = arena_new_in(live->arena, ConversationSubject);
        TRY(conversation_find_subject(in->app, in->db, (ConversationOf){l->owner_kind, l->owner_id}, live->arena, who,
                                      e));
    }
    conversation_parse(&live->batch, who, l, live->arena);
    return asks && !in->is_plain ? conversation_prepare_rulings(&of, &live->batch, e) : 0;
}

int conversation_derive(void *live_, const LaunchBatchIn *in, LaunchPlace *ret, Err *e) {
    Live *live = live_;
    live->is_plain = in->is_plain;
    live->has_gap = in->gap.n > 0;
    live->gap = (DerivedGap){in->accepted, in->delivered, in->is_hold_gone};
    derive_clear(live->derive);
    DeriveJump jump = {in->gap_from, in->gap_to, in->gap, in->n ? in->frames[0].frame.at : 0};
    if (in->gap.n) derive_gap(live->derive, &jump);
    derive_feed(live->derive, in->frames, in->n, ret);
    derive_batch(live->derive, &live->batch);
    arena_freep(&live->arena);
    live->arena = arena_new();
    return parse_batch(live, in, e);
}

int conversation_apply(void *live_, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e) {
    Live *live = live_;
    DerivedBatch b = live->batch;
    b.is_plain = live->is_plain;
    b.gap = live->has_gap ? &live->gap : NULL;
    TRY(conversation_apply_batch(app, tx, l, &b, e));
    derive_save(live->derive, state);
    return 0;
}

int conversation_caught_up(void *live, App *app, Tx *tx, const LaunchRow *l, Err *e) {
    return conversation_end_restored(app, tx, l, ((Live *)live)->derive, e);
}

/* --- answers --- */

/* What follows from an answer, made before its write. */
typedef struct Answered {
    ConversationSubject who;
    Str bytes; /* for the agent's CLI */
    EvAskAnswered event;
    Str title; /* of the stored call, where its arguments were edited */
} Answered;

/* Changed arguments, and the answers to questions: the event shows what was decided, as far as it fits. Where what runs
 * differs from what was asked, the stored call shows it too. */
static int show_given(const AskAnswered *v, Answered *x, Err *e) {
    Str given = v->answer.input;
    Json *input = NULL;
    bool is_edited = v->answer.decision == DECISION_ALLOW;
    if (!given.p || (!is_edited && v->answer.decision != DECISION_ANSWER)) return 0;
    TRY(json_parse(v->arena, given, JSON_DEPTH_MAX, &input, e));
    if (is_edited) GIVE(EvAskAnswered, &x->event, is_edited, true);
    GIVE(EvAskAnswered, &x->event, input, json_cut(v->arena, input, EVENT_INPUT_MAX));
    if (given.n > EVENT_INPUT_MAX) {
        GIVE(EvAskAnswered, &x->event, truncated, true);
        GIVE(EvAskAnswered, &x->event, size, (int64_t)given.n);
    }
    if (is_edited && v->tool_id.n) x->title = x->who.adapter->tool_title(v->tool, input, v->arena);
    return 0;
}

/* An answer has the id of its request, so the number of its input is not needed. */
static int find_target(DbConn *db, const AskAnswered *v, AdapterTo *ret, Err *e) {
    Conversation row;
    LaunchRow launch;
    bool found = false;
    TRY(conversation_get(db, v->subject_kind, v->subject_id, v->arena, &row, e));
    TRY(launch_find(db, v->launch_id, v->arena, &launch, &found, e));
    *ret = (AdapterTo){.session_id = row.session_id, .state = found ? launch.owner_state : (Str){0}};
    return 0;
}

static int on_ask_answering(App *app, DbConn *db, AskAnswered *v, Err *e) {
    CLEANUP(buf_done) Buf b;
    AdapterTo to;
    buf_init(&b, ANSWER_MAX);
    Answered *x = v->prepared = arena_new_in(v->arena, Answered);
    TRY(conversation_find_subject(app, db, (ConversationOf){v->subject_kind, v->subject_id}, v->arena, &x->who, e));
    if (!x->who.adapter->answer) return err_fail(e, ERR_CONFLICT, "an agent of this kind does not take answers");
    TRY(find_target(db, v, &to, e));
    TRY(x->who.adapter->answer(&to, &v->answer, &b, e));
    x->bytes = arena_str(v->arena, buf_str(&b));
    x->event = (EvAskAnswered){.ask_id = v->ask_id, .request_id = v->answer.request_id, .decision = v->answer.decision};
    if (v->answer.message.n) GIVE(EvAskAnswered, &x->event, message, v->answer.message);
    GIVE(EvAskAnswered, &x->event, by, v->answered_by);
    if (v->rule_id.n) GIVE(EvAskAnswered, &x->event, rule_id, v->rule_id);
    if (v->rule_id.n) GIVE(EvAskAnswered, &x->event, rule, v->rule);
    return show_given(v, x, e);
}

/* A launch that is being stopped takes no more answers, even before its end. */
static int check_living(Tx *tx, Str launch_id, Arena *a, Err *e) {
    LaunchRow row;
    bool found = false;
    TRY(launch_find(tx_conn(tx), launch_id, a, &row, &found, e));
    if (found && row.restored)
        return err_fail(
            e, ERR_BUSY,
            "the store was restored from a backup and the agent's log is being read again; try again in a second");
    return found && row.stop_asked ? err_fail(e, ERR_CONFLICT, "the agent is being stopped and takes no more answers")
                                   : 0;
}

/* The answer's bytes are committed with the answer. */
static int on_ask_answered(App *app, Tx *tx, const AskAnswered *v, Err *e) {
    const Answered *x = v->prepared;
    Conversation row;
    TRY(conversation_get(tx_conn(tx), v->subject_kind, v->subject_id, v->arena, &row, e));
    TRY(check_living(tx, v->launch_id, v->arena, e));
    TRY(launch_add_input(app, tx, &(LaunchInput){v->launch_id, x->bytes, "ask", v->ask_id}, e));
    if (HAS(EvAskAnswered, &x->event, is_edited) && v->tool_id.n)
        TRY(message_set_tool_input(tx, &row, v->tool_id, x->title, x->event.input, e));
    return conversation_emit(tx, &x->who, EV_KIND_ASK_ANSWERED, &x->event, e);
}

void conversation_register(App *app) {
    hook_on_ask_answering(app, on_ask_answering);
    hook_on_ask_answered(app, on_ask_answered);
}
