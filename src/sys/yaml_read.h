/* YAML as the JSON that it stands for, on libyaml: what a person writes by hand is checked by shapes like any request.
 *
 * One document. Plain scalars are null, booleans and numbers as in YAML's core schema, quoted ones are text. Aliases, tags,
 * duplicate keys and keys that are not scalars are refused, so that what is read is no larger than what was written. Any
 * thread.
 */
#pragma once

#include "base/json.h"

enum { YAML_DEPTH_MAX = 16 };

/* The tree is in the arena; its `raw` is empty. An empty document is an empty object. ERR_INVALID names the line. */
int yaml_read(Arena *a, Str text, Json **ret, Err *e);
