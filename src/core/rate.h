/* Rate limits: how many calls a caller may make in a minute, in all and for writing (settings rate.*).
 *
 * A token bucket for each caller holds a minute's worth of calls and is refilled all the time, so that a burst of that
 * many passes. Callers are the person over TCP, the person on the Unix socket (ten times as many, so that the command line
 * still works when a page or a script has used up its limit), each launch's programs, and each address without a token.
 * Health is never limited. Loop thread only.
 */
#pragma once

#include <stdint.h>

#include "core/auth.h"
#include "core/setting.h"

typedef struct Rates Rates;

Rates *rates_new(const Settings *s, int64_t (*now_us)(void)); /* borrowed; NULL: clock_mono_us */
void rates_free(Rates *r);                                    /* NULL is allowed */

enum { RATE_SOCKET_FACTOR = 10 };
/* One call of an identified caller. ERR_RATE_LIMITED, with the limit and the seconds to wait in details and `retry_s`.
 * NULL rates limit nothing. */
int rate_take(Rates *r, const Principal *who, bool is_unix, bool writes, Err *e);
/* One call from an address that showed no valid token, or needs none. */
int rate_take_unknown(Rates *r, const HttpRequest *from, Err *e);
