/* Usage: tokens and cost per day, model, subject and workspace, summed from differences; limits come from settings.
 *
 * usage_add runs inside the write that stores the event it comes from, so nothing is counted twice.
 */
#pragma once

#include "core/op.h"
#include "core/topic.h"

typedef struct UsageAdd {
    Str org_id, subject_kind, subject_id; /* "agent", "ag_…" */
    Str workspace_id;                     /* {NULL,0}: none */
    Str model;
    TimeUs at;                                         /* determines the local day */
    int64_t input, output, cache_read, cache_creation; /* tokens, disjoint */
    int64_t cost_micros;                               /* millionths of a US dollar */
    int64_t requests, errors;
} UsageAdd;

int usage_add(App *app, Tx *tx, const UsageAdd *u, Err *e);

/* Merges days before the current periods into one row per model, and deletes days older than ten years. Worker. */
int usage_expire(App *app, DbConn *db, Err *e);
/* About how many bytes all rows occupy. */
int usage_room(DbConn *c, int64_t *ret, Err *e);

extern const Op usage_ops[];
extern const TopicDef usage_topics[];
