/* Time: internally microseconds UTC since 1970, externally RFC 3339 with six digits and Z. Any thread. */
#pragma once

#include <stdint.h>

#include "base/str.h"

typedef int64_t TimeUs;
#define DAY_US (24ll * 3600 * 1000000)

enum { TIME_TEXT_MAX = 32 };

TimeUs clock_now_us(void);   /* wall clock */
int64_t clock_mono_us(void); /* monotonic, for intervals */
/* "2026-11-21T10:00:00.000000Z"; returns the length. */
size_t time_print(TimeUs t, char out[TIME_TEXT_MAX]);
/* RFC 3339 with any offset and 0 to 9 fraction digits; false leaves *ret. Years 1970 to 9999. */
bool time_parse(Str s, TimeUs *ret);
/* Start of the local day, ISO week (from Monday) or month that contains t, and of the following one. */
typedef enum TimeSpan { SPAN_DAY, SPAN_WEEK, SPAN_MONTH } TimeSpan;
TimeUs time_span_start(TimeUs t, TimeSpan span);
TimeUs time_span_next(TimeUs t, TimeSpan span);
