/* Usage: tokens and cost per day, model, subject and workspace, added up from differences; limits come from settings.
 *
 * usage_add runs inside the write that stores the event it comes from, so nothing is counted twice.
 */
#pragma once

#include "core/op.h"
#include "core/topic.h"

typedef struct UsageAdd {
    Str org_id, subject_kind, subject_id; /* "agent", "ag_…" */
    Str workspace_id;                     /* {NULL,0}: of none */
    Str model;
    TimeUs at;                                         /* decides the local day */
    int64_t input, output, cache_read, cache_creation; /* tokens, disjoint */
    int64_t cost_micros;                               /* millionths of a US dollar */
    int64_t requests, errors;
} UsageAdd;

int usage_add(App *app, Tx *tx, const UsageAdd *u, Err *e);

/* Days that no period of today reaches keep one row for each model, and go after ten years. Worker. */
int usage_expire(App *app, DbConn *db, Err *e);
/* About how many bytes all rows take. */
int usage_room(DbConn *c, int64_t *ret, Err *e);

extern const Op usage_ops[];
extern const TopicDef usage_topics[];
