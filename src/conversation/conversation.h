/* Conversations: what every talking subject shares, whether it is an agent, and later a chat or a run.
 *
 * One row per subject: its status and what that is folded from, its session, its launch, where its messages stand. A
 * subject is a kind and an id; each kind registers how to find out what its conversations need to know of it. This noun
 * derives events from launches' logs and stores what they do; it queues prompts and hands them over, and it takes the
 * answers to asks. Functions with a Tx run inside a write, the others on worker threads.
 */
#pragma once

#include "adapter/adapter.h"
#include "core/launch.h"
#include "core/op.h"

/* Who talks, as its kind finds it. */
typedef struct ConversationSubject {
    Str kind, id; /* "agent", "ag_…" */
    const Adapter *adapter;
    Str org_id;
    Str worktree_id, workspace_id;   /* {NULL,0}: of none */
    Str parents[STREAM_PARENTS_MAX]; /* topics that show its events too; {NULL,0} ends them */
    bool is_free;                    /* a scripted model: what it uses counts nowhere */
} ConversationSubject;

/* Whose conversation. Borrowed. */
typedef struct ConversationOf {
    Str kind, id; /* "agent", "ag_…" */
} ConversationOf;

/* A row of features_conversations, one for each kind of subject. */
typedef struct ConversationKind {
    const char *name; /* "agent": also its topic's noun, and the kind of its launches' owner */
    int (*find)(App *app, DbConn *c, Str id, Arena *a, ConversationSubject *ret, Err *e); /* ERR_NOT_FOUND */
    int (*plan_ended)(Tx *tx, Str id, Err *e); /* its plan was approved: it does not plan again when it starts next */
} ConversationKind;

#define CONVERSATION(F, S)                                                                            \
    F(S, I64, number, .min = 1, .max = INT64_MAX, .doc = "Of the row")                                \
    F(S, STR, subject_kind, .max_bytes = 32, .doc = "agent")                                          \
    F(S, ID(""), subject_id, .doc = "Who talks")                                                      \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                 \
    F(S, ENUM(AgentReason), status_reason, .doc = "Why the status is what it is")                     \
    F(S, ENUM(StatusSource), status_source, .doc = "Who said so")                                     \
    F(S, TIME, status_since, .opt = 1, .doc = "When this status began")                               \
    F(S, STR, status_detail, .opt = 1, .max_bytes = 2000, .doc = "What it waits for, or what failed") \
    F(S, STR, status_state, .opt = 1, .max_bytes = 65536, .doc = "StatusState as JSON")               \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window in use")     \
    F(S, BOOL, context_assumed, .doc = "The window is a default")                                     \
    F(S, STR, session_id, .opt = 1, .max_bytes = 256, .doc = "The CLI's conversation")                \
    F(S, BOOL, is_resumable, .doc = "The session can be resumed by its id")                           \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch")                                  \
    F(S, TIME, started_at, .opt = 1, .doc = "When its newest launch began")                           \
    F(S, TIME, stopped_at, .opt = 1, .doc = "When its newest launch ended")                           \
    F(S, I64, head_branch, .min = 1, .max = INT64_MAX, .doc = "Whose path is shown")                  \
    F(S, I64, next_index, .min = 0, .max = INT64_MAX, .doc = "Of the head branch's next message")     \
    F(S, TIME, created_at, .doc = "When it was made")
SHAPE(Conversation, CONVERSATION);

int conversation_get(DbConn *c, Str kind, Str id, Arena *a, Conversation *ret, Err *e); /* ERR_NOT_FOUND */
int conversation_add(Tx *tx, Str kind, Str id, Err *e);
/* For good: messages, inputs and launches that have ended, asks, events, what parents' streams say of it as a whole, and
 * stored results that name it, in small writes; then conversation_remove for the row. What was cut off can be done
 * again. The subject's own row is its kind's, and the folders of its launches go by launchtidy_remove_forgotten. Worker. */
typedef struct ConversationErase {
    App *app;
    DbConn *db;
    const ConversationSubject *who;
    void (*on_messages)(void *arg, int64_t done, int64_t total); /* may be NULL */
    void *arg;
} ConversationErase;
int conversation_erase(const ConversationErase *x, Err *e);
int conversation_remove(Tx *tx, const ConversationSubject *who, Err *e);
/* Removes older messages, but for prompts that wait. Worker. */
int messages_expire(App *app, TimeUs older_than, Err *e);
/* About how many bytes they take. */
int messages_room(DbConn *c, int64_t *ret, Err *e);
int conversation_find_subject(App *app, DbConn *c, ConversationOf of, Arena *a, ConversationSubject *ret, Err *e);

/* On the subject's own topic, and on its parents' where the kind of event says so. */
int conversation_emit(Tx *tx, const ConversationSubject *who, AgentEventKind kind, const void *value, Err *e);

/* --- status --- */

int conversation_load_status(const Conversation *c, StatusState *ret, Arena *arena, Err *e);
/* Folds an act into the status, stores it and emits it when it changed. *c is brought up to date. */
typedef struct ConversationAct {
    StatusAct act;
    Str text;
} ConversationAct;
int conversation_act(Tx *tx, const ConversationSubject *who, Conversation *c, ConversationAct act, Arena *arena,
                     Err *e);
int conversation_store_status(Tx *tx, const Conversation *c, const StatusState *s, Err *e);

/* --- launches --- */

/* A launch began: the row names it and its session. */
typedef struct ConversationLaunch {
    Str launch_id, session_id;
    bool is_resumable;
} ConversationLaunch;
int conversation_set_launch(Tx *tx, const Conversation *c, const ConversationLaunch *l, Err *e);
/* What a launch of this conversation begins with (LaunchSpec.begin): the state that its session was left with, and the
 * windows of the models that are known by now. Derivation itself reads nothing but the launch's row and log. */
int conversation_begin(DbConn *db, const ConversationSubject *who, bool resumes, Arena *a, Str *ret, Err *e);

/* What launches of any kind of subject have in common; a kind gives name, environment and what follows an end. */
int conversation_open(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e);
void conversation_close(void *live);
int conversation_derive(void *live, const LaunchBatchIn *in, LaunchPlace *ret, Err *e);
int conversation_apply(void *live, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e);
int conversation_lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
int conversation_held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
int conversation_restored(App *app, Tx *tx, const LaunchRow *l, Err *e);
int conversation_caught_up(void *live, App *app, Tx *tx, const LaunchRow *l, Err *e);
#define CONVERSATION_OWNER(kind_, environment_, ended_)                                                       \
    {                                                                                                         \
        .kind = kind_, .open = conversation_open, .close = conversation_close, .derive = conversation_derive, \
        .apply = conversation_apply, .lost = conversation_lost, .held = conversation_held,                    \
        .restored = conversation_restored, .caught_up = conversation_caught_up, .environment = environment_,  \
        .ended = ended_                                                                                       \
    }

/* Registers the hook on answers. Start-up only. */
void conversation_register(App *app);
