/* For the tests of agents: one agent of a worktree, the output of its launch, and the resulting state of the store. */
#pragma once

#include "agent/agent.h"
#include "agent/rig.h"
#include "conversation/conversation_in.h"

#define ULID_ RIG_ULID
#define AGENT_ID "ag" ULID_
#define BENCH_TIME 1700000000000000ll

typedef struct Bench {
    TestApp t;
    Agent agent;
    Str launch;
    int64_t offset; /* of the next event */
} Bench;

void bench_open(Bench *b);
void bench_close(Bench *b);
/* Its start, as far as the store is concerned. */
void bench_start(Bench *b);
int bench_start_tx(Tx *tx, void *bench, Err *e);

/* One event: its kind and payload as JSON; {-1} ends a list. */
typedef struct Say {
    int kind;
    const char *json;
} Say;

enum { SAY_MAX = 16 };

typedef struct Batch {
    Bench *bench;
    DerivedEvent events[SAY_MAX];
    DerivedInput input;
    Str reply;
    DerivedBatch out;
    HoldExit exit;
} Batch;

void bench_say(Batch *batch, Bench *b, const Say *list);
int bench_apply_tx(Tx *tx, void *batch, Err *e);
/* A batch of these events, stored. */
void bench_apply(Bench *b, const Say *list);
/* The prompt that was handed over last is in the log: the hold has it. */
void bench_accept_prompt(Bench *b);
/* The launch's row says that it ended. */
int bench_end_row(Tx *tx, void *unused, Err *e);
/* A batch that ends with this exit, and the end of the launch's row. */
void bench_exit(Bench *b, HoldExit exit, const Say *list);

/* A derivation that has read the ask `r-1` of the tool Bash, or nothing. */
Derive *bench_derive(bool has_ask);

typedef struct Loss {
    Bench *bench;
    const char *why;
} Loss;
int bench_lose_tx(Tx *tx, void *loss, Err *e);

void bench_check_status(Bench *b, const char *want);
/* The kinds of a stream's events, in order. */
Str bench_kinds(Bench *b, const char *topic);
/* Messages in order: state (or role), and a star when handed to a launch. */
Str bench_queue(Bench *b);
int bench_send(Bench *b, const char *text);

#define IDLE \
    {EV_KIND_TURN_END, "{\"outcome\":\"ok\"}"}, { EV_KIND_STATE, "{\"state\":\"idle\",\"byProtocol\":true}" }
#define ASK_OF(id)                                                                                             \
    {                                                                                                          \
        EV_KIND_ASK, "{\"requestId\":\"" id "\",\"kind\":\"permission\",\"tool\":\"Bash\",\"toolId\":\"t-1\"," \
                     "\"input\":{\"command\":\"ls\"}}"                                                         \
    }
