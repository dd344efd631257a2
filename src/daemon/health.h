/* The health of Muster: the store as its writer last found it, the names of the data folder's lock and store, the space
 * on its disk, and launches that the store does not know. Checked every few seconds in the background, and at once for
 * each call.
 */
#pragma once

#include "core/op.h"

typedef struct HealthWatch HealthWatch;

#define CHECK_WORDS(W) W(CHECK_OK, "ok") W(CHECK_ERROR, "error") W(CHECK_UNKNOWN, "unknown")
ENUM_DECLARE(CheckWord, CHECK_WORDS);
#define HEALTH_WORDS(W) W(HEALTH_OK, "ok") W(HEALTH_DEGRADED, "degraded")
ENUM_DECLARE(HealthWord, HEALTH_WORDS);
#define HEALTH_CHECKS(F, S)                                                                       \
    F(S, ENUM(CheckWord), database, .doc = "The store accepts writes and is not damaged")         \
    F(S, ENUM(CheckWord), home, .doc = "The data folder's lock and store still have their names") \
    F(S, ENUM(CheckWord), space, .doc = "The disk of the data folder has room")                   \
    F(S, ENUM(CheckWord), launches,                                                               \
      .doc = "The store knows every program that runs under a hold; unknown until they have been checked")
SHAPE(HealthChecks, HEALTH_CHECKS);
#define HEALTH_CHECK_NAMES(W)            \
    W(HEALTH_CHECK_DATABASE, "database") \
    W(HEALTH_CHECK_HOME, "home")         \
    W(HEALTH_CHECK_SPACE, "space")       \
    W(HEALTH_CHECK_LAUNCHES, "launches")
ENUM_DECLARE(HealthCheckName, HEALTH_CHECK_NAMES);
#define HEALTH_PROBLEM(F, S)                                                               \
    F(S, ENUM(HealthCheckName), check, .doc = "Which check failed")                        \
    F(S, STR, path, .max_bytes = 4096, .is_path = 1, .doc = "Where")                       \
    F(S, STR, message, .max_bytes = 8192, .doc = "What is wrong, and what to do about it") \
    F(S, TIME, since, .opt = 1, .doc = "Since when, if that is known: of a store that accepts no writes")
SHAPE(HealthProblem, HEALTH_PROBLEM);
enum { HEALTH_PROBLEMS_MAX = 8 };
#define HEALTH(F, S)                                                              \
    F(S, ENUM(HealthWord), status, .doc = "ok, or degraded if a check is not ok") \
    F(S, TIME, timestamp, .doc = "Now")                                           \
    F(S, STR, version, .max_bytes = 32, .doc = "Version of Muster")               \
    F(S, OBJ(HealthChecks), checks, .doc = "The result of each check")            \
    F(S, LIST(HealthProblem), problems, .max = HEALTH_PROBLEMS_MAX, .doc = "What is wrong, most serious first")
SHAPE(Health, HEALTH);

/* on_home_gone: on the loop, once, after the lock's or the store's name was missing or led to another file in three
 * looks, one second apart. Borrows lock_fd. */
typedef struct HealthConfig {
    int lock_fd;
    void (*on_home_gone)(void *arg);
    void *arg;
} HealthConfig;
HealthWatch *health_new(App *app, const HealthConfig *c);
void health_start(HealthWatch *h); /* loop thread, or before it runs */
void health_stop(HealthWatch *h);  /* likewise; ends a check of the store in progress */
/* After the pools have ended. NULL is fine. */
void health_free(HealthWatch *h);

/* As last seen; checks nothing. Any thread. */
void health_recall(HealthWatch *h, Arena *a, Health *ret);
/* Checks, and has the writer try a write if it was silent for 5 s. *ret_can_work: false if the store accepts no writes,
 * is damaged, or its folder is gone. Worker threads. */
void health_look(HealthWatch *h, Arena *a, Health *ret, bool *ret_can_work);
