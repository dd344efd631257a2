/* Rig: a test's side of one hold. Writes the spec, starts muster-hold and speaks its protocol over a blocking socket.
 *
 * Every wait has a deadline; missing one fails the test.
 */
#pragma once

#include <sys/types.h>

#include "base/holdspec.h"
#include "base/holdwire.h"

enum { RIG_WAIT_MS = 30 * 1000 };

typedef struct Rig {
    Arena *arena;
    Str launch; /* borrowed from the spec */
    char dir[256];
    int policy, niceness; /* the hold's when it starts; a test sets them after rig_spec */
    pid_t hold;           /* 0 = reaped */
    int sock;             /* -1 = not connected */
    Buf in;
    HoldHead head; /* the newest one */
    bool has_head;
    uint64_t poked; /* bytes of pokes that the hold has acknowledged */
    uint64_t ack_n; /* of the newest acknowledgement */
    HoldAck ack;
    unsigned n_acks;
    bool has_exit, is_closed;
    uint64_t exit_offset;
    HoldExit exit; /* text in the arena */
} Rig;

/* A spec with pipes, no limits and a small environment. argv is NULL-terminated and borrowed. */
HoldSpec rig_spec(Rig *r, const char *const *argv);
/* In a new folder: writes the spec, starts the hold, connects, and sends go unless `no_go`. */
void rig_start(Rig *r, const HoldSpec *spec, bool no_go);
/* The same in a folder that the test chose (r->dir). */
void rig_start_here(Rig *r, const HoldSpec *spec, bool no_go);
void rig_connect(Rig *r);
void rig_disconnect(Rig *r);
/* Only connects; sends nothing. */
int rig_connect_raw(const Rig *r);
void rig_send(Rig *r, const HoldMsg *m);
void rig_send_raw(Rig *r, Str bytes);
void rig_input(Rig *r, uint64_t n, Str bytes); /* in parts, without waiting */
HoldAck rig_input_acked(Rig *r, uint64_t n, Str bytes);
HoldAck rig_part_acked(Rig *r, const HoldInput *part);
/* Receives messages until `is_there` is true. */
void rig_until(Rig *r, bool (*is_there)(const Rig *r));
bool rig_has_exit(const Rig *r);
bool rig_is_closed(const Rig *r);
/* Waits for the exit, sends bye and reaps the hold; returns its exit status. */
int rig_finish(Rig *r);
int rig_reap(Rig *r);
/* Before rig_start: creates the launch's cgroup folder, so that the hold cannot; rmdir(path) afterwards. False: this
 * machine allows no cgroup anyway. */
bool rig_take_cgroup(const HoldSpec *spec, char *path, size_t size);
void rig_done(Rig *r); /* ends a hold that is still there */

/* All bytes of one channel in all existing segments; the offsets must be contiguous and every checksum must be right.
 * The head of input frames is left out. */
Str rig_log(Rig *r, HoldChannel channel);
unsigned rig_count_frames(Rig *r, HoldChannel channel);
/* Waits until the log's channel holds the text. */
void rig_until_log(Rig *r, HoldChannel channel, const char *text);
bool rig_lock_is_free(const Rig *r);
