/* muster-gen: documents and types written from the tables that the daemon runs by.
 *
 * Every writer is a pure function from the tables to text; the same tables give the same bytes. `all` is the
 * directory of what the tables name, made once.
 */
#pragma once

#include "base/shape.h"
#include "core/op.h"

/* One kind of event on one kind of stream. Ended by a zero row. */
typedef struct GenEvent {
    const char *topic; /* "agent/{agentId}" */
    const char *kind;  /* the envelope's type */
    const Shape *payload;
} GenEvent;

/* What muster-gen is given; tables.c gathers it from the daemon. */
typedef struct GenTables {
    const Op *const *ops; /* NULL-terminated lists, each ended by a zero row */
    const GenEvent *events;
    const char *version;
} GenTables;

GenTables gen_tables(Arena *a);

/* All operations in table order, and all shapes and enums that they and the events reach, by name. */
typedef struct GenAll {
    const Op **ops;
    size_t n_ops;
    const Shape **shapes;
    size_t n_shapes;
    const EnumDef **enums;
    size_t n_enums;
    const GenEvent *events;
    const char *version;
} GenAll;

/* Everything lies in the arena. ERR_INVALID: one name stands for two things (shape, enum, or an event's kind). */
int gen_collect(const GenTables *t, Arena *a, GenAll *ret, Err *e);

/* The two words of a route. */
Str gen_method(const Op *op);
Str gen_path(const Op *op);
int gen_status(const Op *op);
const char *gen_role(const Op *op); /* NULL: no token is needed */
/* Where a field travels over REST, the path's own fields told by the route. */
FieldFrom gen_from(const Op *op, const Field *f);
bool gen_has_body(const Op *op);
/* "1 to 100 bytes", "at most 32", "one of `a`, `b`"; empty when a field's kind says enough. */
Str gen_bounds(const Field *f, Arena *a);
Str gen_link(const Shape *s, Arena *a); /* to its part of api.md */
/* "string", "[Agent](#agent)", "list of [Agent](#agent)": the kind of a field for a reader. */
Str gen_kind(const Field *f, Arena *a);

void gen_api_md(const GenAll *all, Arena *a, Buf *out);
void gen_events_md(const GenAll *all, Arena *a, Buf *out);
void gen_shape_md(const Shape *s, Arena *a, Buf *out); /* a table of its fields */
void gen_typescript(const GenAll *all, Buf *out);
void gen_openapi(const GenAll *all, Arena *a, Buf *out);
void gen_schema(const Field *f, Arena *a, JsonOut *o); /* OpenAPI schema of one field */
/* {"operations":[{"name",…,"cases":[{"at","value"|"fill"|"items","path","why"}]}]}: per operation what must be
 * refused, and under which path the refusal must be listed. */
void gen_bad_cases(const GenAll *all, Arena *a, Buf *out);
/* The same JSON, indented by two. */
int gen_pretty(Str json, Arena *a, Buf *out, Err *e);
