/* Launches: one process each, run by a hold; started, adopted, derived and stopped here.
 *
 * A noun that owns launches registers a LaunchOwner. It adds a launch inside a write (launch_add); after the commit the
 * supervisor creates the folder, starts the hold and sends the inputs in order. A worker derives the hold's log, one
 * batch at a time; what the owner derives from a batch, the new offset and the owner's state are committed together.
 * When the daemon starts, it matches every folder in streams/ with the rows and continues.
 */
#pragma once

#include "base/holdspec.h"
#include "base/ulid.h"
#include "core/app.h"
#include "core/auth.h"
#include "core/launchlog.h"
#include "db/db.h"

typedef struct LaunchSpec {
    Str owner_kind, owner_id; /* "agent", "ag_…" */
    StrList argv;
    StrList envp; /* NAME=value, before the owner's environment; stored, so it must hold no secrets */
    Str cwd;
    bool is_pty;
    int rows, cols; /* of the terminal; 0: 24 and 120 */
    HoldSpecLimits limits;
    bool keep_background;
    Role role;     /* of its descendants on the daemon's Unix socket */
    Str adapter;   /* the adapter whose bytes the log holds */
    Str begin;     /* the initial state of the owner's derivation; empty: none */
    Str principal; /* who started it; empty: the local owner */
} LaunchSpec;

#define LAUNCH_STATE(W)            \
    W(LAUNCH_STARTING, "starting") \
    W(LAUNCH_RUNNING, "running")   \
    W(LAUNCH_EXITED, "exited")     \
    W(LAUNCH_LOST, "lost")         \
    W(LAUNCH_FAILED, "failed")
ENUM_DECLARE(LaunchState, LAUNCH_STATE);

#define LAUNCH_ROW(F, S)                                                                                           \
    F(S, ID("lch"), id, .doc = "The launch")                                                                       \
    F(S, STR, owner_kind, .max_bytes = 32, .doc = "The noun that owns it")                                         \
    F(S, STR, owner_id, .max_bytes = 64, .doc = "Id of the owner")                                                 \
    F(S, ENUM(LaunchState), state, .doc = "starting, running, exited, lost or failed")                             \
    F(S, STR, nonce, .max_bytes = 64, .secret = 1, .doc = "Shared by the hold and the daemon")                     \
    F(S, STR, spec, .max_bytes = HOLD_SPEC_BYTES_MAX, .secret = 1, .doc = "HoldSpec as JSON, without environment") \
    F(S, I64, role, .min = 0, .max = 4, .doc = "Role of its descendants")                                          \
    F(S, I64, derived, .min = 0, .max = INT64_MAX, .doc = "Log offset at which derivation continues")              \
    F(S, I64, seen, .min = 0, .max = INT64_MAX, .doc = "Frames below it are done, except an unfinished line")      \
    F(S, I64, skip, .min = 0, .max = INT64_MAX, .doc = "Bytes of stdout after `derived` that are done")            \
    F(S, STR, owner_state, .opt = 1, .max_bytes = 1 << 18, .secret = 1, .doc = "State of the owner's derivation")  \
    F(S, STR, owner_begin, .opt = 1, .max_bytes = 1 << 18, .secret = 1, .doc = "Its initial state")                \
    F(S, STR, adapter, .opt = 1, .max_bytes = 32, .doc = "Adapter whose bytes the log holds")                      \
    F(S, STR, principal, .max_bytes = 64, .doc = "Who started it")                                                 \
    F(S, I64, n_inputs, .min = 0, .max = INT64_MAX, .doc = "Number of the last input")                             \
    F(S, BOOL, stop_asked, .doc = "A user has asked to stop it")                                                   \
    F(S, BOOL, lost_power, .doc = "The machine lost power while it ran: the end of its log may be missing")        \
    F(S, BOOL, restored, .doc = "Put back from a backup; its log is not read to its head yet")                     \
    F(S, TIME, created_at, .doc = "When it was added")                                                             \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")
SHAPE(LaunchRow, LAUNCH_ROW);

/* A derivation in progress, on one worker at a time. */
typedef struct LaunchBatchIn {
    App *app;
    DbConn *db;
    const LaunchRow *launch;
    const LaunchFrame *frames; /* in order; after open, from the row's `derived`, else after the last batch */
    size_t n;
    Arena *arena;
    Str gap; /* not empty: bytes from..to are missing before the first frame */
    uint64_t gap_from, gap_to;
    int64_t accepted, delivered; /* with a gap: the last input that the hold has accepted, and written to the child */
    bool is_hold_gone;           /* with a gap: inputs that were not accepted never will be */
    bool is_plain; /* what these frames do was refused: keep them, let them do nothing; an exit is still an exit */
} LaunchBatchIn;

/* The position of the derivation after a batch, and the owner's closure data. */
typedef struct LaunchPlace {
    int64_t derived, seen, skip;
} LaunchPlace;

#define LAUNCH_LOST_WHY "hold lost"

typedef struct LaunchOwner {
    const char *kind;
    /* Creates or reloads the live derivation of a launch from its row (worker). */
    int (*open)(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e);
    void (*close)(void *live);
    /* Feeds a batch (worker). `live` keeps the result until apply stores it or close discards it. */
    int (*derive)(void *live, const LaunchBatchIn *in, LaunchPlace *ret, Err *e);
    /* Inside the derived write: stores the result of derive. `state` is the new owner_state to store. */
    int (*apply)(void *live, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e);
    /* It ended without an exit: inside the write that records it. `why`: an error, or LAUNCH_LOST_WHY[": " remains]. */
    int (*lost)(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
    /* Started, held, or no longer held: inside a derived write. `why` is one of LAUNCH_HELD_…, "" when it continues. */
    int (*held)(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
    /* Its program wrote something after launch_mark_silent said that it is silent: inside the derived write. May be NULL. */
    int (*heard)(App *app, Tx *tx, const LaunchRow *l, Err *e);
    /* The store was put back: inside the write before its log is read again, and in the one after. */
    int (*restored)(App *app, Tx *tx, const LaunchRow *l, Err *e);
    int (*caught_up)(void *live, App *app, Tx *tx, const LaunchRow *l, Err *e);
    /* After the commit that ended it (worker), and at a start soon after once more: it must be idempotent. */
    void (*ended)(App *app, DbConn *db, Str launch_id);
    /* NAME=value for the child (worker). Called before each start of its hold. Never stored: it contains keys. */
    int (*environment)(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e);
} LaunchOwner;

int launches_new(App *app, Launches **ret, Err *e);
void launches_free(Launches *ls);
void launches_register(Launches *ls, const LaunchOwner *owner); /* start-up only */
/* Matches rows and folders: adopts launches, continues them, or records them as lost. After the owners are registered,
 * before loop_run; the work continues in the loop and the pools. */
int launches_recover(Launches *ls, DbConn *db, Err *e);
/* Closes all links; the holds keep running. on_done runs when the last link is closed. Loop thread. */
void launches_stop(Launches *ls, void (*on_done)(void *arg), void *arg);
/* AuthHoldLookup. Loop thread. */
bool launches_find_hold(void *launches, int64_t pid, Str launch, Principal *ret);

/* Its end was committed; the timeout expired first; the daemon stops first. */
typedef enum LaunchWaited { LAUNCH_WAITED, LAUNCH_WAIT_TIMED_OUT, LAUNCH_WAIT_CUT_OFF } LaunchWaited;
typedef void (*LaunchWaitFn)(void *arg, LaunchWaited how);
/* Calls fn once: now if the launch is not alive or the daemon is stopping, else later. Blocks no thread. Loop thread. */
void launch_on_end(App *app, Str launch_id, int64_t timeout_ms, LaunchWaitFn fn, void *arg);

/* Inside a write. ERR_CONFLICT when a launch of this owner is alive. */
int launch_add(App *app, Tx *tx, const LaunchSpec *s, Id *ret_id, Err *e);
/* Records that a user asked to stop it; launch_stop stops it after the commit. */
int launch_mark_stop(Tx *tx, Str launch_id, Err *e);
int launch_find(DbConn *c, Str launch_id, Arena *a, LaunchRow *ret, bool *ret_found, Err *e);
/* The launch of an owner that has not ended. */
int launch_find_alive(DbConn *c, Str owner_id, Arena *a, LaunchRow *ret, bool *ret_found, Err *e);
/* About how many bytes rows and inputs occupy in the store. */
int launches_room(DbConn *c, int64_t *ret, Err *e);

/* Worker threads; they wait for the loop. */
typedef enum LaunchStopHow { LAUNCH_STOP_GRACEFUL, LAUNCH_STOP_KILL } LaunchStopHow;
void launch_stop(App *app, Str launch_id, LaunchStopHow how);
/* Sent; not sent because a later input was sent first; not sent because no living hold takes it. */
typedef enum LaunchPoke { LAUNCH_POKED, LAUNCH_POKE_LATE, LAUNCH_POKE_UNREACHABLE } LaunchPoke;
/* Sends bytes between two inputs; not durable. Bytes meant for the current turn give the number of the last input that
 * was stored when the caller looked (LaunchRow n_inputs); bytes meant for any turn give INT64_MAX. */
LaunchPoke launch_poke(App *app, Str launch_id, int64_t n_inputs, Str bytes);

typedef struct LaunchFacts {
    int64_t pid, rss_bytes, processes, log_head;
} LaunchFacts;
bool launch_facts(App *app, Str launch_id, LaunchFacts *ret);
/* The facts of many launches in one turn of the loop: zeros for a launch that is not alive or whose id is empty. */
void launches_facts(App *app, const Str *launch_ids, size_t n, LaunchFacts *ret);
