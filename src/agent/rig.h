/* For the tests of agents: an App with the tables and operations of the program, and one worktree, whose folder is the
 * test's own. Launches are rows only. */
#pragma once

#include "core/test_app.h"

#define RIG_ULID "_01arz3ndektsv4rrffq69g5faa"
#define RIG_WORKTREE "wt" RIG_ULID
#define RIG_WORKSPACE "ws" RIG_ULID

void rig_start(TestApp *t);
/* One statement that changes what is stored; it must succeed. */
void rig_run(TestApp *t, const char *sql);
/* The id of a list's row in an answer; {NULL,0} after its end. */
Str rig_id(TestApp *t, Str json, const char *list, size_t place);
