/* For tests: an App like the daemon's, without a network: store, loop on its own thread, pools, hub, settings,
 * operations, launches. The test's thread counts as one more worker.
 *
 * Stopping and starting on the same home simulates a restart of the daemon: only the folder is shared.
 */
#pragma once

#include <pthread.h>

#include "base/mem.h"
#include "core/dispatch.h"
#include "core/launch.h"

typedef struct TestAppConfig {
    const char *home;                   /* NULL: a new one; else the home of a stopped app */
    const Migration *const *migrations; /* NULL: core's own */
    const Op *const *ops;               /* NULL-terminated lists; NULL: none */
    const TopicDef *const *topics;      /* likewise */
    const struct OrgOf *const *orgs;    /* likewise */
    const ConversationKind *const *conversations;
    const LaunchOwner *owner; /* NULL: launches are rows only, no hold is started */
    const char *exe_dir;      /* the folder of muster-hold */
    int queue_max;            /* of each pool; 0 = 64 */
} TestAppConfig;

typedef struct TestApp {
    App app;
    DbConn *conn; /* of the test's thread */
    Arena *arena;
    pthread_t loop;
} TestApp;

void test_app_start(TestApp *t, const TestAppConfig *c);
void test_app_stop(TestApp *t);

/* One call of an operation, as a face makes it. Fill in the request, begin, wait. */
typedef struct TestCall {
    TestApp *app;
    const char *op, *json, *key; /* NULL: no input, no key */
    Role role;                   /* ROLE_NONE: owner */
    const char *who;             /* NULL: the local owner's id */
    int status;                  /* out, 0 until it is answered */
    Str body, cursors;           /* out; in the app's arena */
    struct OpTask *task;         /* while it runs */
} TestCall;

void test_call_begin(TestCall *c);
void test_call_wait(TestCall *c);
void test_call_cancel(TestCall *c); /* one that has not been answered */
/* Waits for the first answer to any of n calls and returns its call. */
TestCall *test_call_wait_any(TestCall *calls, int n);
/* Begins and waits; returns the status. */
int test_call(TestApp *t, TestCall *c);
/* Recovers every open intent, as a start does, and waits; returns how many failed. */
int test_recover(TestApp *t);
/* The text or number at a dotted path with indexes of a JSON object ("error.code", "rows.0.id"); {NULL,0} when it is
 * missing. */
Str test_json(TestApp *t, Str json, const char *path);

/* Waits at most 60 s until is_so(arg), which is called on this thread after each commit and periodically. */
bool test_app_until(bool (*is_so)(void *arg), void *arg);
/* A write that must succeed. */
void test_write(TestApp *t, int (*fn)(Tx *tx, void *arg, Err *e), void *arg);
/* The first value of a statement's first row, as text; {NULL,0} for none. Any SQL that only reads. */
Str test_cell(TestApp *t, const char *sql);

/* The derivation in progress of an owner that keeps text. */
typedef struct TestLive {
    Buf text; /* at most TEST_TEXT_MAX */
    bool has_state;
} TestLive;
enum { TEST_TEXT_MAX = 1 << 17 };
/* As LaunchOwner.open and .close: the text begins with the stored state. */
int test_live_open(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e);
void test_live_close(void *live);
/* Derivation continues after this frame. */
LaunchPlace test_place_after(const LaunchFrame *f);
