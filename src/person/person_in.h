/* The shapes of the operations, and the rules behind them by file. */
#pragma once

#include "agent/agent.h"
#include "person/person.h"

#define UI_KEY(F, S, from_)                                                                     \
    F(S, STR, key, .min = 1, .max_bytes = UI_KEY_MAX, .from = from_, .example = "page/sidebar", \
      .doc = "Letters, digits and / . _ : -; draft/ag_… and review/wt_… have values of a fixed shape")
#define UI_STATE_READ(F, S) UI_KEY(F, S, FROM_QUERY)
SHAPE(UiStateRead, UI_STATE_READ);
#define UI_STATE(F, S)                                                                                             \
    F(S, STR, key, .min = 1, .max_bytes = UI_KEY_MAX, .doc = "The key")                                            \
    F(S, ANY, value, .opt = 1, .max_bytes = UI_VALUE_MAX, .doc = "JSON; absent: nothing is stored under this key") \
    F(S, STR, digest, .opt = 1, .max_bytes = 64,                                                                   \
      .doc = "SHA-256 of the value in its canonical form: `ifDigest` of a change")                                 \
    F(S, TIME, updated_at, .opt = 1, .doc = "When it was stored")
SHAPE(UiState, UI_STATE);

#define UI_STATES_READ(F, S)                                                                              \
    F(S, STR, prefix, .opt = 1, .has_def = 1, .def_str = "", .max_bytes = UI_KEY_MAX, .from = FROM_QUERY, \
      .example = "draft/", .doc = "Only keys that begin with it")                                         \
    F(S, STR, after, .opt = 1, .has_def = 1, .def_str = "", .max_bytes = UI_KEY_MAX, .from = FROM_QUERY,  \
      .example = "page/a", .doc = "`next` of the page before")                                            \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 50, .min = 1, .max = UI_LIST_MAX, .from = FROM_QUERY, \
      .doc = "Number of keys of the page")
SHAPE(UiStatesRead, UI_STATES_READ);
#define UI_STATES(F, S)                                                                  \
    F(S, LIST(UiState), states, .max = UI_LIST_MAX, .doc = "In the order of their keys") \
    F(S, STR, next, .opt = 1, .max_bytes = UI_KEY_MAX, .doc = "`after` of the next page; absent on the last one")
SHAPE(UiStates, UI_STATES);

#define UI_STATE_PUT(F, S)                                                              \
    UI_KEY(F, S, FROM_BODY)                                                             \
    F(S, ANY, value, .opt = 1, .max_bytes = UI_VALUE_MAX, .example = "{\"open\":true}", \
      .doc = "JSON; absent: what is stored under the key is removed")                   \
    F(S, STR, if_digest, .opt = 1, .max_bytes = 64,                                     \
      .doc = "Only if this is the digest of what is stored; empty: only if nothing is; absent: whatever is")
SHAPE(UiStatePut, UI_STATE_PUT);

/* Without the value, which its author has: answers are kept for a day, and a draft is stored with every few letters. */
#define UI_STORED(F, S)                                                                                           \
    F(S, STR, key, .min = 1, .max_bytes = UI_KEY_MAX, .doc = "The key")                                           \
    F(S, STR, digest, .opt = 1, .max_bytes = 64,                                                                  \
      .doc = "SHA-256 of the value in its canonical form: `ifDigest` of the next change; absent: it was removed") \
    F(S, TIME, updated_at, .opt = 1, .doc = "When it was stored")
SHAPE(UiStored, UI_STORED);

/* ui_state.c */
int ui_state_get(OpCall *c, Str key, UiState *out, Err *e);
int ui_state_list(OpCall *c, const UiStatesRead *in, UiStates *out, Err *e);
int ui_state_put(OpCall *c, const UiStatePut *in, UiStored *out, Err *e);

#define AWAY_READ(F, S) \
    F(S, TIME, after, .from = FROM_QUERY, .example = "2026-11-21T10:00:00Z", .doc = "Since when the person was away")
SHAPE(AwayRead, AWAY_READ);
#define AWAY_AGENT(F, S)                                                                                               \
    F(S, ID("ag"), agent_id, .doc = "The agent")                                                                       \
    F(S, ID("wt"), worktree_id, .doc = "Its worktree")                                                                 \
    F(S, ID("ws"), workspace_id, .doc = "Its workspace")                                                               \
    F(S, STR, name, .min = 1, .max = 100, .doc = "Its name")                                                           \
    F(S, ENUM(AgentStatusWord), status, .doc = "Its status now")                                                       \
    F(S, I64, turns_ended, .min = 0, .max = INT64_MAX, .doc = "Turns that ended")                                      \
    F(S, I64, failures, .min = 0, .max = INT64_MAX,                                                                    \
      .doc = "Turns that failed, and ends of its program that were no success")                                        \
    F(S, I64, asks_opened, .min = 0, .max = INT64_MAX, .doc = "Questions that it asked")                               \
    F(S, I64, asks_answered, .min = 0, .max = INT64_MAX, .doc = "Questions that were answered")                        \
    F(S, I64, asks_by_rule, .min = 0, .max = INT64_MAX, .doc = "Of them, those that a rule answered")                  \
    F(S, I64, files_changed, .min = 0, .max = INT64_MAX, .doc = "Files that its turns changed which ended since")      \
    F(S, I64, cost_micros, .min = 0, .max = INT64_MAX, .doc = "Millionths of a US dollar, as its CLI reports")         \
    F(S, I64, landings, .min = 0, .max = INT64_MAX, .doc = "Landings of its worktree, without those that were undone") \
    F(S, TIME, last_at, .doc = "When the newest of these happened")
SHAPE(AwayAgent, AWAY_AGENT);
enum { AWAY_AGENTS_MAX = 1000 };
#define AWAY_DIGEST(F, S)                                                                                          \
    F(S, LIST(AwayAgent), agents, .max = AWAY_AGENTS_MAX, .doc = "Those with something to tell, the newest first") \
    F(S, I64, landings, .min = 0, .max = INT64_MAX,                                                                \
      .doc = "Worktrees that landed, each time once, unless that was undone")                                      \
    F(S, BOOL, truncated, .doc = "So much happened that only the newest part of it is counted")
SHAPE(AwayDigest, AWAY_DIGEST);

/* away.c */
int away_digest(OpCall *c, const AwayRead *in, AwayDigest *out, Err *e);

#define PLACE_READ(F, S)                                                                                     \
    F(S, STR, id, .min = 4, .max_bytes = 64, .from = FROM_QUERY, .example = "ag_00000000000000000000000001", \
      .doc = "Of a workspace, a worktree, an agent, an ask, a message, or an entry of the trash")
SHAPE(PlaceRead, PLACE_READ);
#define PLACE(F, S) F(S, STR, path, .min = 1, .max_bytes = 256, .doc = "Path and query, from this server's address on")
SHAPE(Place, PLACE);

/* place.c */
int place_get(OpCall *c, Str id, Place *out, Err *e);
