/* Processes of the machine: who descends from whom, and their command lines. Worker threads.
 *
 * What /proc/PID/stat says is read at once. A command line is in the process's own memory, so a process can make its reader
 * wait for as long as it likes: command lines are read on a thread of their own, which is left behind if it takes too long. Of
 * such threads there are a few at most, whoever asked; then nothing is read until one of them has come to its end.
 */
#pragma once

#include "base/mem.h"
#include "sys/process.h"

enum { PROCESS_COMMAND_SIZE = 256 };

typedef struct ProcessRow {
    int64_t pid;
    ProcessLook look;
    Str command; /* its arguments with spaces between them, cut; {NULL,0}: unknown, or it has none */
} ProcessRow;

typedef struct ProcessList {
    ProcessRow *items; /* in the arena */
    size_t n;
    bool is_cut; /* there are more */
} ProcessList;

/* All processes, at most `max`, sorted by parent and pid. */
void process_list(size_t max, Arena *a, ProcessList *ret);
/* Of a sorted list: the process `root` first, if it is there, then its descendants, each behind its parent; at most
 * `max`. */
void process_below(const ProcessList *all, int64_t root, size_t max, Arena *a, ProcessList *ret);
/* Fills `command` of the list's rows. False, and all are missing: it took longer than timeout_ms, or too many earlier
 * calls have left a thread behind, perhaps because of other processes. Several may read at the same time. */
bool process_read_commands(ProcessList *l, int64_t timeout_ms, Arena *a);
