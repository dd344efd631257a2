#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "base/test.h"

enum { SECOND = 1000000 };

static const char *print(TimeUs t) {
    static char text[TIME_TEXT_MAX];
    size_t n = time_print(t, text);
    CHECK_I64(n, strlen(text));
    return text;
}

/* The seconds are the output of date(1): `date -ud "2024-02-29 23:59:59" +%s`. */
TEST(time_prints_and_parses_back) {
    static const struct {
        TimeUs t;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {INT64_C(951782399) * SECOND, "2000-02-28T23:59:59.000000Z"},
        {INT64_C(951782400) * SECOND, "2000-02-29T00:00:00.000000Z"},
        {INT64_C(1709251199) * SECOND + 999999, "2024-02-29T23:59:59.999999Z"},
        {INT64_C(1709251200) * SECOND, "2024-03-01T00:00:00.000000Z"},
        {INT64_C(4107542400) * SECOND, "2100-03-01T00:00:00.000000Z"},
        {INT64_C(253402300799) * SECOND + 999999, "9999-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TimeUs t;
        CHECK_STR(str(print(rows[i].t)), rows[i].text);
        CHECK(time_parse(str(rows[i].text), &t));
        CHECK_I64(t, rows[i].t);
    }
    CHECK_STR(str(print(-5)), "1970-01-01T00:00:00.000000Z");
    CHECK_STR(str(print(INT64_MAX)), "9999-12-31T23:59:59.999999Z");
}

TEST(every_day_of_the_calendar_agrees_with_the_c_library) {
    for (int64_t day = 0; day < 366 * 800; day += 13) {
        time_t seconds = (time_t)(day * 86400 + 43210);
        struct tm tm;
        char want[TIME_TEXT_MAX];
        gmtime_r(&seconds, &tm);
        strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
        CHECK_STR(str(print((TimeUs)seconds * SECOND)), want);
    }
}

TEST(time_parses_what_rfc_3339_allows) {
    static const struct {
        const char *text;
        TimeUs t;
    } rows[] = {
        {"1970-01-01T00:00:01Z", SECOND},
        {"1970-01-01t00:00:01.5z", SECOND + SECOND / 2},
        {"1970-01-01T00:00:00.123456789Z", 123456},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1970-01-01T00:00:00-00:30", INT64_C(1800) * SECOND},
        {"1969-12-31T23:30:00-00:30", 0},
        {"1998-12-31T23:59:60Z", INT64_C(915148800) * SECOND},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TimeUs t = -1;
        CHECK(time_parse(str(rows[i].text), &t));
        CHECK_I64(t, rows[i].t);
    }
}

TEST(time_refuses_the_rest) {
    static const char *const rows[] = {"",
                                       "1970-01-01",
                                       "1970-01-01T00:00:00",
                                       "1970-01-01 00:00:00Z",
                                       "1970-13-01T00:00:00Z",
                                       "1970-00-01T00:00:00Z",
                                       "1970-02-29T00:00:00Z",
                                       "1900-02-29T00:00:00Z",
                                       "2001-04-31T00:00:00Z",
                                       "1970-01-01T24:00:00Z",
                                       "1970-01-01T00:60:00Z",
                                       "1970-01-01T00:00:61Z",
                                       "1970-01-01T00:00:00.Z",
                                       "1970-01-01T00:00:00.1234567890Z",
                                       "1970-01-01T00:00:00+24:00",
                                       "1970-01-01T00:00:00+0100",
                                       "1970-01-01T00:00:00Zx",
                                       "1969-12-31T23:59:59Z",
                                       "1970-01-01T00:00:00+00:01",
                                       "-970-01-01T00:00:00Z",
                                       "1970-1-01T00:00:00Z",
                                       "+970-01-01T00:00:00Z",
                                       "9999-12-31T23:59:59-00:01"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TimeUs t = 42;
        if (time_parse(str(rows[i]), &t)) test_fail(__FILE__, __LINE__, "%s was accepted", rows[i]);
        CHECK_I64(t, 42);
    }
}

static TimeUs at(const char *text) {
    TimeUs t;
    CHECK(time_parse(str(text), &t));
    return t;
}

/* Central European time: one hour ahead, two from the last Sunday of March to that of October. POSIX.1 8.3 form,
 * so that no time zone files are needed. */
TEST(spans_start_and_end_at_local_midnight) {
    static const struct {
        TimeSpan span;
        const char *t, *start, *next;
    } rows[] = {
        {SPAN_DAY, "2026-01-15T12:00:00Z", "2026-01-14T23:00:00Z", "2026-01-15T23:00:00Z"},
        {SPAN_DAY, "2026-01-15T23:00:00Z", "2026-01-15T23:00:00Z", "2026-01-16T23:00:00Z"},
        {SPAN_DAY, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},  /* 23 hours */
        {SPAN_DAY, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},  /* 25 hours */
        {SPAN_WEEK, "2026-11-22T22:59:59Z", "2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"}, /* a Sunday */
        {SPAN_WEEK, "2026-11-22T23:00:00Z", "2026-11-22T23:00:00Z", "2026-11-29T23:00:00Z"},
        {SPAN_MONTH, "2026-12-31T22:59:59Z", "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"},
        {SPAN_MONTH, "2026-03-31T21:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"},
    };
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_I64(time_span_start(at(rows[i].t), rows[i].span), at(rows[i].start));
        CHECK_I64(time_span_next(at(rows[i].t), rows[i].span), at(rows[i].next));
    }
    unsetenv("TZ");
    tzset();
}

TEST(clocks_go_forward) {
    int64_t before = clock_mono_us();
    CHECK(clock_mono_us() >= before);
    CHECK(clock_now_us() > at("2026-01-01T00:00:00Z"));
}
