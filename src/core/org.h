/* Orgs: whose a row is. What belongs to another org does not exist for the caller.
 *
 * A noun defines `const OrgOf x_orgs[]` (terminated by a zero row) and daemon/features.c lists it. The dispatcher checks
 * every id in the input of every call against these rows; a list filters by org in its statement.
 */
#pragma once

#include "base/shape.h"
#include "core/auth.h"
#include "db/db.h"

typedef struct OrgOf {
    const char *prefix; /* "ws" */
    const Sql *of_id;   /* ?1 = the id; its first column is the org's id */
} OrgOf;

/* ERR_NOT_FOUND: the id belongs to another org than the caller's. An id that is not stored passes: what needs it says so.
 * An agent passes: it is confined to its own (auth_check_own). */
int org_check(const App *app, DbConn *db, const Principal *who, Str id, Err *e);
/* The same for every id in a decoded input. */
int org_check_input(const App *app, DbConn *db, const Principal *who, const Shape *s, const void *in, Err *e);
/* Is there a row with this id? True for an id that no noun looks up here. */
int org_has(const App *app, DbConn *db, Str id, bool *ret, Err *e);
