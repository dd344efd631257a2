/* Shapes: a list of fields, declared once as an X-macro of named attributes.
 *
 * One list yields the C struct, strict JSON decoding whose errors name the path of the fault, JSON encoding, the
 * OpenAPI schema, the command line's flags, the TypeScript type, and rows in and out of the store (db.h).
 *
 *     #define AGENT_CREATE(F, S)                                                            \
 *         F(S, ID("wt"),        worktree_id, .doc = "Where it works")                       \
 *         F(S, STR,             name, .opt = 1, .min = 1, .max = 100, .doc = "Shown in lists") \
 *         F(S, ENUM(AgentMode), mode, .opt = 1, .def = AGENT_REGULAR, .doc = "Start-up mode")
 *     SHAPE(AgentCreate, AGENT_CREATE);               // x.h
 *     SHAPE_DEFINE(AgentCreate, AGENT_CREATE);        // x.c
 *
 * C types: BOOL bool, I64 int64_t, F64 double, STR ID ANY Str (ANY is raw JSON), STRS StrList, TIME TimeUs,
 * ENUM(T) T, OBJ(T) T* (NULL when absent), LIST(T) TList. Everything decoded is in the arena.
 * `HAS(AgentCreate, in, name)` distinguishes absent from zero. Wire names are camelCase, or `.wire`.
 * Bounds: for STR, .max counts characters (code points), for text that people write, and .max_bytes counts bytes, for
 * everything else (words, topics, paths, file names); .min uses the same unit. No C array takes its size from a bound
 * in characters. ANY: bytes (.max_bytes); STRS, LIST: items (.item_max: bytes per item); I64, F64: the value. Every
 * field has a doc and a bound.
 */
#pragma once

#include "base/clock.h"
#include "base/enum.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

typedef enum FieldKind {
    FIELD_BOOL,
    FIELD_I64,
    FIELD_F64,
    FIELD_STR,
    FIELD_STRS,
    FIELD_ID,
    FIELD_TIME,
    FIELD_ENUM,
    FIELD_OBJ,
    FIELD_LIST,
    FIELD_ANY
} FieldKind;

/* Where a request's field is sent over REST; `call`, the command line and MCP put all fields in one object. */
typedef enum FieldFrom { FROM_BODY, FROM_PATH, FROM_QUERY } FieldFrom;
enum { FROM_ALL = 7, FROM_BODY_ONLY = 1 }; /* masks of 1 << FieldFrom */

typedef struct StrList {
    Str *items;
    size_t n;
} StrList;

typedef struct Shape Shape;
typedef struct Field {
    const char *name; /* C and SQL name */
    const char *wire; /* irregular wire name, else NULL */
    const char *doc;
    size_t offset;
    FieldKind kind;
    FieldFrom from;
    unsigned opt : 1;    /* request: may be absent. answer: left out when empty (see shape_encode) */
    unsigned secret : 1; /* never encoded */
    unsigned has_def : 1;
    unsigned is_path : 1;       /* absolute; the command line resolves a relative one against its working folder */
    unsigned is_file : 1;       /* STR, STRS: a path in a repository: bytes, in JSON as path_text.h says */
    unsigned is_name : 1;       /* shown to a person on one line: not blank, no control character */
    const EnumDef *words;       /* ENUM; for STR and STRS: the only texts allowed */
    const Shape *shape;         /* OBJ, LIST */
    const char *prefix;         /* ID: "ag"; "" accepts a foreign id of [A-Za-z0-9._:-]{1,128} */
    const char *format;         /* STR: its OpenAPI format ("date") */
    const char *example;        /* STR: for the documents; else derived from the kind */
    int64_t min, max, item_max; /* both 0 = the kind's default bound (shape.c) */
    int64_t max_bytes;          /* STR and ANY, in place of max */
    int64_t def;                /* BOOL, I64, ENUM; used when opt and absent */
    const char *def_str;        /* STR */
} Field;

struct Shape {
    const char *name;
    size_t size;
    const Field *fields;
    size_t n;
};

#define SHAPE_CTYPE_BOOL bool
#define SHAPE_CTYPE_I64 int64_t
#define SHAPE_CTYPE_F64 double
#define SHAPE_CTYPE_STR Str
#define SHAPE_CTYPE_STRS StrList
#define SHAPE_CTYPE_ID(prefix_) Str
#define SHAPE_CTYPE_TIME TimeUs
#define SHAPE_CTYPE_ENUM(T) T
#define SHAPE_CTYPE_OBJ(T) T *
#define SHAPE_CTYPE_LIST(T) T##List
#define SHAPE_CTYPE_ANY Str
#define SHAPE_ATTR_BOOL .kind = FIELD_BOOL
#define SHAPE_ATTR_I64 .kind = FIELD_I64
#define SHAPE_ATTR_F64 .kind = FIELD_F64
#define SHAPE_ATTR_STR .kind = FIELD_STR
#define SHAPE_ATTR_STRS .kind = FIELD_STRS
#define SHAPE_ATTR_ID(prefix_) .kind = FIELD_ID, .prefix = prefix_
#define SHAPE_ATTR_TIME .kind = FIELD_TIME
#define SHAPE_ATTR_ENUM(T) .kind = FIELD_ENUM, .words = &T##_enum
#define SHAPE_ATTR_OBJ(T) .kind = FIELD_OBJ, .shape = &T##_shape
#define SHAPE_ATTR_LIST(T) .kind = FIELD_LIST, .shape = &T##_shape
#define SHAPE_ATTR_ANY .kind = FIELD_ANY

#define SHAPE_MEMBER_(S, kind_, name_, ...) SHAPE_CTYPE_##kind_ name_;
#define SHAPE_BIT_(S, kind_, name_, ...) S##_##name_##_bit,
#define SHAPE_FIELD_(S, kind_, name_, ...) \
    {.name = #name_, .offset = offsetof(S, name_), SHAPE_ATTR_##kind_, __VA_ARGS__},
#define SHAPE(S, FIELDS)                             \
    typedef struct S {                               \
        uint64_t set; /* bit i: field i was given */ \
        FIELDS(SHAPE_MEMBER_, S)                     \
    } S;                                             \
    typedef struct S##List {                         \
        S *items;                                    \
        size_t n;                                    \
    } S##List;                                       \
    enum { FIELDS(SHAPE_BIT_, S) S##_n_fields };     \
    extern const Shape S##_shape
#define SHAPE_DEFINE(S, FIELDS)                                  \
    _Static_assert(S##_n_fields <= 64, "one bit per field");     \
    static const Field S##_fields[] = {FIELDS(SHAPE_FIELD_, S)}; \
    const Shape S##_shape = {#S, sizeof(S), S##_fields, S##_n_fields}

#define HAS(S, ptr, field) (((ptr)->set >> S##_##field##_bit) & 1)
#define GIVE(S, ptr, field, ...) ((ptr)->field = (__VA_ARGS__), (ptr)->set |= 1ull << S##_##field##_bit)

void shape_init(const Shape *s, void *out); /* zeroes *out and sets the defaults */
/* Decodes the members of a JSON object into *out. Only fields whose 1 << from is in `from_mask` are known; others are
 * refused as unknown. Continues after the first fault, so that details list up to ERR_DETAILS_MAX paths
 * ("limits.memoryMib", "files[2].path"). null counts as absent for opt fields. ERR_INVALID. */
int shape_put_json(const Shape *s, const Json *object, unsigned from_mask, Arena *a, void *out, Err *e);
/* Decodes one field from text (path, query, command line), found by its wire name or kebab-case. OBJ, LIST and ANY
 * take JSON text; STRS takes one item per call. ERR_INVALID names the field. */
int shape_put_text(const Shape *s, Str wire_name, Str text, Arena *a, void *out, Err *e);
/* Every field that is not opt must have been given. ERR_INVALID lists the missing ones. */
int shape_check(const Shape *s, const void *out, Err *e);
/* init, put_json with FROM_ALL, check. */
int shape_decode(const Shape *s, const Json *object, Arena *a, void *out, Err *e);
/* Writes one JSON object. An opt field is left out if empty: STR, ID and ANY with p == NULL, TIME 0, OBJ NULL, LIST and
 * STRS with items == NULL; BOOL, I64, F64 and ENUM if their `set` bit is clear. */
void shape_encode(const Shape *s, const void *v, JsonOut *o);
void shape_put_str(JsonOut *o, const Field *f, Str s); /* a STR or an ID, or an item of STRS */
size_t field_wire(const Field *f, char out[65]);       /* its wire name; returns the length, at most 64 */
const Field *shape_find(const Shape *s, Str wire_name);
/* The bounds of a field, with its kind's defaults filled in, and whether they count characters. */
void field_bounds(const Field *f, int64_t *ret_min, int64_t *ret_max);
bool field_counts_chars(const Field *f);
