/* Dates are computed from day numbers in the proleptic Gregorian calendar, years counted from March, so that the
 * leap day is a year's last. */
#include "base/clock.h"

#include <time.h>

enum { US_PER_S = 1000000, S_PER_DAY = 86400, DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

static const TimeUs last_time = INT64_C(253402300799) * US_PER_S + (US_PER_S - 1); /* 9999-12-31T23:59:59.999999Z */

static int64_t read_clock(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

TimeUs clock_now_us(void) { return read_clock(CLOCK_REALTIME); }

int64_t clock_mono_us(void) { return read_clock(CLOCK_MONOTONIC); }

typedef struct Date {
    int year, month, day;
} Date;

static int64_t days_of(Date d) {
    int64_t year = d.month <= 2 ? d.year - 1 : d.year;
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

static Date date_of(int64_t days) {
    int64_t z = days + DAYS_TO_1970;
    int64_t era = z / DAYS_PER_ERA, day = z % DAYS_PER_ERA;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    return (Date){(int)(year + era * 400 + (month <= 2)), month, (int)(day_of_year - (153 * from_march + 2) / 5 + 1)};
}

static char *put_digits(char *at, int64_t v, int n) {
    for (int i = n - 1; i >= 0; i--, v /= 10) at[i] = (char)('0' + v % 10);
    return at + n;
}

size_t time_print(TimeUs t, char out[TIME_TEXT_MAX]) {
    t = t < 0 ? 0 : t > last_time ? last_time : t;
    int64_t seconds = t / US_PER_S;
    Date d = date_of(seconds / S_PER_DAY);
    int64_t in_day = seconds % S_PER_DAY;
    const struct {
        int64_t value;
        int digits;
        char after;
    } parts[] = {
        {d.year, 4, '-'},           {d.month, 2, '-'},     {d.day, 2, 'T'},        {in_day / 3600, 2, ':'},
        {in_day / 60 % 60, 2, ':'}, {in_day % 60, 2, '.'}, {t % US_PER_S, 6, 'Z'},
    };
    char *at = out;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        at = put_digits(at, parts[i].value, parts[i].digits);
        *at++ = parts[i].after;
    }
    *at = '\0';
    return (size_t)(at - out);
}

static bool take_digits(Str *s, size_t n, int *ret) {
    int64_t v;
    if (s->n < n || s->p[0] == '-' || !str_parse_i64(str_upto(*s, n), 0, 9999, &v)) return false;
    *ret = (int)v;
    *s = str_from(*s, n);
    return true;
}

static bool take_char(Str *s, const char *any_of) {
    if (!s->n || !s->p[0] || !strchr(any_of, s->p[0])) return false;
    *s = str_from(*s, 1);
    return true;
}

/* Microseconds; digits past the sixth are cut off. */
static bool take_fraction(Str *s, int64_t *ret_us) {
    *ret_us = 0;
    if (!take_char(s, ".")) return true;
    size_t n = 0;
    int64_t us = 0, weight = US_PER_S / 10;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++, weight /= 10) us += (s->p[n] - '0') * weight;
    *s = str_from(*s, n);
    *ret_us = us;
    return n >= 1 && n <= 9;
}

static bool take_offset(Str *s, int *ret_minutes) {
    *ret_minutes = 0;
    if (take_char(s, "Zz")) return true;
    if (!s->n) return false;
    int sign = s->p[0] == '-' ? -1 : 1, hours, minutes;
    if (!take_char(s, "+-") || !take_digits(s, 2, &hours) || !take_char(s, ":") || !take_digits(s, 2, &minutes))
        return false;
    *ret_minutes = sign * (hours * 60 + minutes);
    return hours <= 23 && minutes <= 59;
}

static bool is_date(Date d) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d.month < 1 || d.month > 12 || d.day < 1) return false;
    bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
    return d.day <= days[d.month - 1] + (d.month == 2 && leap);
}

bool time_parse(Str s, TimeUs *ret) {
    Date d;
    int hour, minute, second, offset;
    int64_t us;
    bool ok = take_digits(&s, 4, &d.year) && take_char(&s, "-") && take_digits(&s, 2, &d.month) && take_char(&s, "-") &&
              take_digits(&s, 2, &d.day) && take_char(&s, "Tt") && take_digits(&s, 2, &hour) && take_char(&s, ":") &&
              take_digits(&s, 2, &minute) && take_char(&s, ":") && take_digits(&s, 2, &second) &&
              take_fraction(&s, &us) && take_offset(&s, &offset);
    if (!ok || s.n || !is_date(d) || hour > 23 || minute > 59 || second > 60) return false;
    int64_t seconds = days_of(d) * S_PER_DAY + hour * 3600 + (minute - offset) * 60 + second;
    TimeUs t = seconds * US_PER_S + us;
    if (t < 0 || t > last_time) return false;
    *ret = t;
    return true;
}

/* Midnight local time; a day without a midnight starts at its first moment (mktime moves it). */
static struct tm span_start_tm(TimeUs t, TimeSpan span) {
    time_t seconds = (time_t)(t / US_PER_S);
    struct tm tm;
    localtime_r(&seconds, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    if (span == SPAN_WEEK) tm.tm_mday -= (tm.tm_wday + 6) % 7;
    if (span == SPAN_MONTH) tm.tm_mday = 1;
    return tm;
}

TimeUs time_span_start(TimeUs t, TimeSpan span) {
    struct tm tm = span_start_tm(t, span);
    return (TimeUs)mktime(&tm) * US_PER_S;
}

TimeUs time_span_next(TimeUs t, TimeSpan span) {
    struct tm tm = span_start_tm(t, span);
    tm.tm_mday += span == SPAN_DAY ? 1 : span == SPAN_WEEK ? 7 : 0;
    tm.tm_mon += span == SPAN_MONTH;
    return (TimeUs)mktime(&tm) * US_PER_S;
}
