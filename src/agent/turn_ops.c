/* Operations of agents' turns. */
#include "agent/agent.h"
#include "base/mem.h"
#include "checkpoint/checkpoint.h"
#include "conversation/turn.h"

#define TURN_PAGE_IN(F, S)                                                                                   \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                          \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = PAGE_ROWS_MAX, .from = FROM_QUERY, \
      .doc = "At most so many")                                                                              \
    F(S, STR, before, .opt = 1, .min = 1, .max_bytes = PAGE_AT_MAX, .from = FROM_QUERY, .example = "50",     \
      .doc = "The newest ones before this: the id of a prompt, a time (RFC 3339) or an index")               \
    F(S, STR, after, .opt = 1, .min = 1, .max_bytes = PAGE_AT_MAX, .from = FROM_QUERY, .example = "50",      \
      .doc = "The oldest ones after this, likewise")
SHAPE(TurnPageIn, TURN_PAGE_IN);
SHAPE_DEFINE(TurnPageIn, TURN_PAGE_IN);
#define TURN_PAGE_OUT(F, S)                                                                                       \
    F(S, LIST(Turn), turns, .max = PAGE_ROWS_MAX, .doc = "In order")                                              \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Of the agent; those that retention removed still count") \
    F(S, BOOL, has_more, .doc = "There are older ones")                                                           \
    F(S, STR, next_cursor, .opt = 1, .max_bytes = 24, .doc = "`before` of the page of older ones")                \
    F(S, BOOL, has_newer, .doc = "There are newer ones")                                                          \
    F(S, STR, previous_cursor, .opt = 1, .max_bytes = 24, .doc = "`after` of the page of newer ones")
SHAPE(TurnPageOut, TURN_PAGE_OUT);
SHAPE_DEFINE(TurnPageOut, TURN_PAGE_OUT);

static Str cursor_of(const Turn *t, Arena *a) { return arena_fmt(a, "%lld", (long long)t->index); }

static void fill_page(const TurnPageFound *found, Arena *a, TurnPageOut *out) {
    const TurnList *l = &found->turns;
    *out =
        (TurnPageOut){.turns = *l, .total = found->total, .has_more = found->has_older, .has_newer = found->has_newer};
    if (l->n && out->has_more) GIVE(TurnPageOut, out, next_cursor, cursor_of(&l->items[0], a));
    if (l->n && out->has_newer) GIVE(TurnPageOut, out, previous_cursor, cursor_of(&l->items[l->n - 1], a));
}

static int find_checkpoints(OpCall *c, Str agent_id, Turn *t, Err *e) {
    Checkpoint at;
    CheckpointTurn start = {agent_id, t->index, MARK_TURN_START}, end = {agent_id, t->index, MARK_TURN_END};
    bool found;
    int64_t seen = 0;
    TRY(checkpoint_of_turn(c->db, &start, c->arena, &at, &found, e));
    if (found) GIVE(Turn, t, start_checkpoint_id, at.id);
    TRY(checkpoint_of_turn(c->db, &end, c->arena, &at, &found, e));
    if (found) GIVE(Turn, t, checkpoint_id, at.id);
    TRY(checkpoint_turn_files(c->db, agent_id, t->index, &seen, e));
    if (seen > t->files_changed) t->files_changed = seen;
    return 0;
}

static int list_turns(OpCall *c, const void *in_, void *out, Err *e) {
    const TurnPageIn *in = in_;
    TurnPage page = {.limit = in->limit};
    TurnPageFound found;
    Agent agent;
    Conversation row;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(page_at(&(PageAsked){.before = in->before, .after = in->after}, &page.at, e));
    TRY(agent_get(c->db, in->agent_id, c->arena, &agent, e));
    TRY(conversation_get(c->db, STR("agent"), agent.id, c->arena, &row, e));
    TRY(turn_page(c->db, &row, &page, c->arena, &found, e));
    for (size_t i = 0; i < found.turns.n; i++) TRY(find_checkpoints(c, agent.id, &found.turns.items[i], e));
    fill_page(&found, c->arena, out);
    return op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e);
}

const Op turn_ops[] = {
    {"list_turns", "GET /api/agents/{agentId}/turns", "turn list", OP_RUN(list_turns, TurnPageIn, TurnPageOut),
     .role = ROLE_VIEWER, .where = ON_WORKER, .flags = OP_AGENT_MAY,
     .doc = "A page of an agent's turns in order: the newest ones, or those before or after a place."},
    {0},
};
