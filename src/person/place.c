/* Where the page shows a row: its deep link. */
#include "base/mem.h"
#include "person/person_in.h"
#include "person/person_sql.h"

SHAPE_DEFINE(PlaceRead, PLACE_READ);
SHAPE_DEFINE(Place, PLACE);

int place_get(OpCall *c, Str id, Place *out, Err *e) {
    bool found;
    TRY(db_one(c->db, &sql_place_of, DB_ARGS(db_text(id), db_text(str(c->who->org))), DB_INTO(Place, c->arena, out),
               &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "the page shows nothing with the id " STR_FMT, STR_ARG(id));
    return 0;
}
