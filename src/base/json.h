/* JSON (RFC 8259): a strict reader into an arena and a streaming writer onto a Buf.
 *
 * Reader: valid UTF-8 only; limited depth; of duplicate keys the last wins; numbers are int64 if they are whole and
 * fit, else double. Lone surrogate escapes become U+FFFD (agents print them). The text of a node borrows from the input
 * if it contains no escape, else it is in the arena. Any thread.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct Arena Arena;

typedef enum JsonType { JSON_NULL, JSON_BOOL, JSON_INT, JSON_DOUBLE, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonType;

typedef struct JsonMember JsonMember;

typedef struct Json {
    JsonType type;
    size_t n; /* items or members */
    Str raw;  /* the bytes of this value in the input; borrowed */
    union {
        bool b;
        int64_t i;
        double d;
        Str s;
        struct Json *items;
        JsonMember *members; /* in input order */
    };
} Json;

struct JsonMember {
    Str key;
    Json value;
};

enum { JSON_DEPTH_MAX = 512, JSON_DEPTH_REQUEST = 32 };

/* Parses exactly one value; white space around it is allowed. ERR_INVALID names the byte offset. */
int json_parse(Arena *a, Str text, unsigned depth_max, Json **ret, Err *e);

/* Lenient lookups: a NULL or non-object `o`, a missing key or another type give NULL or the default. */
const Json *json_get(const Json *o, const char *key);
const Json *json_at(const Json *o, const char *dotted_path);   /* "message.usage.input_tokens" */
Str json_str(const Json *o, const char *key);                  /* {NULL,0} when absent */
int64_t json_i64(const Json *o, const char *key, int64_t def); /* doubles are truncated */
double json_f64(const Json *o, const char *key, double def);
bool json_bool(const Json *o, const char *key, bool def);
static inline bool json_is(const Json *j, JsonType t) { return j && j->type == t; }
/* The members of an object that a reader sees, in input order: of duplicate keys the last. For callers that rewrite an
 * object of another program. */
typedef struct JsonMembers {
    const JsonMember **items; /* in the arena */
    size_t n;
} JsonMembers;
JsonMembers json_members(Arena *a, const Json *o);

enum { JSON_CHECKED_DEPTH = 64 };
/* The writer inserts the commas. Keys and values must alternate inside objects, and an object must not have two members
 * with the same key; asserts check both, the second only in debug builds. Doubles that are not finite are written as
 * null, bytes that are not UTF-8 as U+FFFD. Nothing may be removed from the front of `buf` before the last object ends.
 */
typedef struct JsonOut {
    Buf *buf; /* borrowed */
    bool need_comma;
    bool after_key;
    unsigned depth;
    uint64_t objects; /* bit d: the container at depth d is an object; deeper ones than 64 are not checked */
    size_t starts[JSON_CHECKED_DEPTH]; /* where each open container starts in buf */
} JsonOut;

static inline JsonOut json_out(Buf *b) { return (JsonOut){.buf = b}; }
void json_begin_object(JsonOut *o);
void json_end_object(JsonOut *o);
void json_begin_array(JsonOut *o);
void json_end_array(JsonOut *o);
void json_key(JsonOut *o, Str key);
void json_put_str(JsonOut *o, Str s);
void json_put_i64(JsonOut *o, int64_t v);
void json_put_f64(JsonOut *o, double v);
void json_put_bool(JsonOut *o, bool v);
void json_put_null(JsonOut *o);
void json_put_raw(JsonOut *o, Str valid_json); /* copied as it is */
/* Key and value at once. */
void json_kv_str(JsonOut *o, const char *key, Str s);
void json_kv_i64(JsonOut *o, const char *key, int64_t v);
void json_kv_bool(JsonOut *o, const char *key, bool v);
void json_kv_raw(JsonOut *o, const char *key, Str valid_json);
void json_kv_base64(JsonOut *o, const char *key, Str base64); /* copied as it is: nothing in it needs an escape */
/* A node as canonical JSON, over which digests are computed: members sorted by key bytes, no white space. */
void json_put_canonical(JsonOut *o, const Json *v);
