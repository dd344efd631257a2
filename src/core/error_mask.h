/* Texts of errors for storing: without what looks like a secret. Any thread. */
#pragma once

#include "base/str.h"

/* A copy of at most `max` bytes in which the user part of an address (https://name:password@host), the word after
 * "Bearer", words with the prefix of a known kind of token, and unbroken runs of 48 or more letters and digits are
 * replaced by ***. */
Str error_mask(Arena *a, Str text, size_t max);
