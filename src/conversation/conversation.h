/* Conversations: what all subjects that talk share: agents, and later chats and runs.
 *
 * One row per subject: its status and the state from which that is folded, its session, its launch, and the position of
 * its messages. A subject is a kind and an id; each kind registers a function that finds what its conversations need to
 * know about it. This noun derives events from launches' logs and stores their effects, queues prompts and hands them
 * over, and takes the answers to asks. Functions with a Tx run inside a write, the others on worker threads.
 */
#pragma once

#include "adapter/adapter.h"
#include "core/launch.h"
#include "core/op.h"

/* The subject of a conversation, as its kind finds it. */
typedef struct ConversationSubject {
    Str kind, id; /* "agent", "ag_…" */
    const Adapter *adapter;
    Str org_id;
    Str worktree_id, workspace_id;   /* {NULL,0}: none */
    Str parents[STREAM_PARENTS_MAX]; /* topics that also show its events; {NULL,0} ends the list */
    bool is_free;                    /* a scripted model: its usage is not counted */
    Str overview;                    /* topic of its row of the overview, which `emit_row` emits; {NULL,0}: none */
    AdapterOptions options;          /* as a person wants them now */
    TxEnd emit_row;                  /* called with its id and the bits of the AgentEventKinds that change the row */
} ConversationSubject;

/* Identifies a conversation by its subject. Borrowed. */
typedef struct ConversationOf {
    Str kind, id; /* "agent", "ag_…" */
} ConversationOf;

/* A row of features_conversations, one for each kind of subject. */
typedef struct ConversationKind {
    const char *name; /* "agent": also its topic's noun, and the kind of its launches' owner */
    int (*find)(App *app, DbConn *c, Str id, Arena *a, ConversationSubject *ret, Err *e); /* ERR_NOT_FOUND */
    int (*plan_ended)(Tx *tx, Str id, Err *e); /* its plan was approved: the next start does not plan again */
    /* The CLI has answered a change of an option: `v` gets the option; a refused one gets its old value back. */
    int (*option_answered)(Tx *tx, Str id, Str launch_id, EvOption *v, Err *e);
} ConversationKind;

#define CONVERSATION(F, S)                                                                                 \
    F(S, I64, number, .min = 1, .max = INT64_MAX, .doc = "Number of the row")                              \
    F(S, STR, subject_kind, .max_bytes = 32, .doc = "agent")                                               \
    F(S, ID(""), subject_id, .doc = "The subject")                                                         \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                      \
    F(S, ENUM(AgentReason), status_reason, .doc = "Why the status is what it is")                          \
    F(S, ENUM(StatusSource), status_source, .doc = "What the status is based on")                          \
    F(S, TIME, status_since, .opt = 1, .doc = "Since when it has this status")                             \
    F(S, STR, status_detail, .opt = 1, .max_bytes = 2000, .doc = "What it waits for, or what failed")      \
    F(S, STR, status_state, .opt = 1, .max_bytes = 65536, .doc = "StatusState as JSON")                    \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window in use")          \
    F(S, BOOL, context_assumed, .doc = "The window is a default")                                          \
    F(S, STR, session_id, .opt = 1, .max_bytes = 256, .doc = "Id of the CLI's session")                    \
    F(S, BOOL, is_resumable, .doc = "The session can be resumed by its id")                                \
    F(S, STR, fork_session_id, .opt = 1, .max_bytes = 256, .doc = "The session that the next start forks") \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch")                                       \
    F(S, TIME, started_at, .opt = 1, .doc = "When its newest launch started")                              \
    F(S, TIME, stopped_at, .opt = 1, .doc = "When its newest launch ended")                                \
    F(S, I64, head_branch, .min = 1, .max = INT64_MAX, .doc = "The branch whose path is shown")            \
    F(S, I64, next_index, .min = 0, .max = INT64_MAX, .doc = "Index of the head branch's next message")    \
    F(S, TIME, created_at, .doc = "When it was created")
SHAPE(Conversation, CONVERSATION);

int conversation_get(DbConn *c, Str kind, Str id, Arena *a, Conversation *ret, Err *e); /* ERR_NOT_FOUND */
int conversation_add(Tx *tx, Str kind, Str id, Err *e);
/* Deletes for good, in small writes: messages, ended launches and their inputs, asks, events, the text of its events on
 * parents' streams, and stored results that contain its id. conversation_remove then removes the row. An interrupted
 * call can be repeated. The subject's own row belongs to its kind, and launchtidy_remove_forgotten removes the folders
 * of its launches. Worker. */
typedef struct ConversationErase {
    App *app;
    DbConn *db;
    const ConversationSubject *who;
    void (*on_messages)(void *arg, int64_t done, int64_t total); /* may be NULL */
    void *arg;
} ConversationErase;
int conversation_erase(const ConversationErase *x, Err *e);
int conversation_remove(Tx *tx, const ConversationSubject *who, Err *e);
/* Removes older messages and turns, except waiting prompts and a running turn. Worker. */
int messages_expire(App *app, TimeUs older_than, Err *e);
/* Estimates the bytes that all messages take. */
int messages_room(DbConn *c, int64_t *ret, Err *e);
int conversation_find_subject(App *app, DbConn *c, ConversationOf of, Arena *a, ConversationSubject *ret, Err *e);

/* Emits on the subject's own topic, and on its parents' if the kind of event says so. */
int conversation_emit(Tx *tx, const ConversationSubject *who, AgentEventKind kind, const void *value, Err *e);

/* --- status --- */

int conversation_load_status(const Conversation *c, StatusState *ret, Arena *arena, Err *e);
/* Folds an act into the status, stores it and emits it if it changed. Updates *c. */
typedef struct ConversationAct {
    StatusAct act;
    Str text;
} ConversationAct;
int conversation_act(Tx *tx, const ConversationSubject *who, Conversation *c, ConversationAct act, Arena *arena,
                     Err *e);
int conversation_store_status(Tx *tx, const Conversation *c, const StatusState *s, Err *e);

/* --- launches --- */

/* A launch started: stores its id and its session in the row. */
typedef struct ConversationLaunch {
    Str launch_id, session_id;
    bool is_resumable;
} ConversationLaunch;
int conversation_set_launch(Tx *tx, const Conversation *c, const ConversationLaunch *l, Err *e);
/* The first start of `c` forks this session of `of`; `c` shows the session's context level until then. */
int conversation_set_fork(Tx *tx, const Conversation *c, const Conversation *of, Str session_id, Err *e);
/* What a launch of this conversation starts with (LaunchSpec.begin): the state in which its session was left, what its
 * handshake asks for, and the windows of the models that are known by now. Derivation itself reads only the launch's
 * row and log. */
typedef struct ConversationBegin {
    Str session; /* which it resumes or forks; {NULL,0}: neither */
    const AdapterSpec *spec;
    Str folder;
    TimeUs now;
} ConversationBegin;
int conversation_begin(DbConn *db, const ConversationSubject *who, const ConversationBegin *b, Arena *a, Str *ret,
                       Err *e);

/* What launches of all kinds of subjects share; a kind adds its name, its environment and what follows an end. */
int conversation_open(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e);
void conversation_close(void *live);
int conversation_derive(void *live, const LaunchBatchIn *in, LaunchPlace *ret, Err *e);
int conversation_apply(void *live, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e);
int conversation_lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
int conversation_held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
int conversation_restored(App *app, Tx *tx, const LaunchRow *l, Err *e);
int conversation_caught_up(void *live, App *app, Tx *tx, const LaunchRow *l, Err *e);
#define CONVERSATION_OWNER(kind_, environment_, ended_, ...)                                                  \
    {                                                                                                         \
        .kind = kind_, .open = conversation_open, .close = conversation_close, .derive = conversation_derive, \
        .apply = conversation_apply, .lost = conversation_lost, .held = conversation_held,                    \
        .restored = conversation_restored, .caught_up = conversation_caught_up, .environment = environment_,  \
        .ended = ended_, __VA_ARGS__                                                                          \
    }

/* Registers the hook on answers. Start-up only. */
void conversation_register(App *app);
