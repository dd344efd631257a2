/* For tests: runs a recording of a CLI through its adapter and the status, and prints the result.
 *
 * A recording is a file of JSON lines, of either shape: one line of stdout per line; or {"dir","line"} with dir in
 * (what was written to the CLI), out, err ("text") and exit ("code", "sig").
 */
#pragma once

#include "adapter/adapter.h"

typedef struct ReplayRecord {
    enum { REPLAY_OUT, REPLAY_IN, REPLAY_ERR, REPLAY_EXIT } kind;
    Str bytes;
    int code, signal;
} ReplayRecord;

typedef struct Replay {
    ReplayRecord *items;
    size_t n;
} Replay;

int replay_parse(Str file, Arena *a, Replay *ret, Err *e);

/* Every recording below `folder`, in order: ADAPTER/GROUP/NAME.jsonl, with the events that its adapter makes of it
 * beside it in NAME.events.jsonl. ERR_INVALID names a file that is neither, or whose adapter is unknown; files in
 * `folder` itself are ignored. */
typedef void (*ReplayEach)(void *arg, const Adapter *adapter, const char *path);
int replay_each(const char *folder, ReplayEach fn, void *arg, Err *e);

/* Everything that is passed from one record to the next; `state` and `status` are what the daemon stores. */
typedef struct ReplayRun {
    const Adapter *adapter;
    AdapterState *state; /* owned */
    Arena *arena;        /* owned; of the status */
    StatusState status;
    TimeUs at; /* one second a record, so that `since` is the same in every run */
    Buf out;   /* one line an event or reply: {"type","payload"} */
} ReplayRun;

void replay_begin(ReplayRun *r, const Adapter *a);
void replay_step(ReplayRun *r, const ReplayRecord *record);
/* Saves what a daemon would store, and continues from it with nothing else. */
void replay_save(const ReplayRun *r, Buf *out);
int replay_load(ReplayRun *r, const Adapter *a, Str saved, Err *e);
void replay_done(ReplayRun *r);
