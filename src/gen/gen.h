/* muster-gen: documents and types generated from the daemon's tables.
 *
 * Every writer is a pure function from the tables to text; the same tables give the same bytes. `all` is the
 * directory of everything that the tables name, built once.
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

/* muster-gen's input; tables.c collects it from the daemon. */
typedef struct GenTables {
    const Op *const *ops; /* NULL-terminated lists, each ended by a zero row */
    const GenEvent *events;
    const char *version, *port; /* of the program; its default port */
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
    const char *version, *port;
} GenAll;

extern const char gen_how_to_authenticate[]; /* one paragraph for a reader */

/* Everything is in the arena. ERR_INVALID: one name for two things (shape, enum, or an event's kind). */
int gen_collect(const GenTables *t, Arena *a, GenAll *ret, Err *e);

/* The two words of a route. */
Str gen_method(const Op *op);
Str gen_path(const Op *op);
int gen_status(const Op *op);
const char *gen_role(const Op *op); /* NULL: no token is required */
/* Where a field is sent over REST; the route determines the path's fields. */
FieldFrom gen_from(const Op *op, const Field *f);
/* Does it have a field in the body, and is one of them required? */
bool gen_has_body(const Op *op, bool *ret_required);
/* "1 to 100 characters", "at most 255 bytes", "at most 32", "one of `a`, `b`"; empty if a field's kind is enough. */
Str gen_bounds(const Field *f, Arena *a);
Str gen_link(const Shape *s, Arena *a); /* to its section of api.md */
/* "string", "[Agent](#agent)", "list of [Agent](#agent)": the kind of a field for a reader. */
Str gen_kind(const Field *f, Arena *a);

void gen_api_md(const GenAll *all, Arena *a, Buf *out);
void gen_events_md(const GenAll *all, Arena *a, Buf *out);
void gen_typescript(const GenAll *all, Arena *a, Buf *out);
void gen_openapi(const GenAll *all, Arena *a, Buf *out);
/* OpenAPI schema of one field. In a request's JSON (takes_null) an optional one may also be null. */
void gen_schema(const Field *f, bool takes_null, Arena *a, JsonOut *o);
void gen_example(const Field *f, JsonOut *o); /* a value that its schema accepts */
void gen_example_of(const Shape *s, JsonOut *o);
/* {"operations":[{"name",…,"cases":[{"at","value"|"fill"|"items","path","why"}],"bounds":[{"at","fill","with","chars"}]}]}:
 * per operation the inputs that must be refused and the path under which the refusal must be listed, and the longest
 * accepted texts, made of four-byte characters. */
void gen_bad_cases(const GenAll *all, Arena *a, Buf *out);
/* The same JSON, indented by two. */
int gen_pretty(Str json, Arena *a, Buf *out, Err *e);
