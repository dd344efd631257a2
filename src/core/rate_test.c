/* Token buckets: a burst passes, then a call each so often; callers do not use up each other's share. */
#include "core/rate.h"

#include <stdio.h>

#include "base/test.h"
#include "core/test_app.h"

static int64_t now = 1000000;
static int64_t fake_now(void) { return now; }

typedef struct Put {
    Setting setting;
    const char *value;
} Put;

static int put_tx(Tx *tx, void *arg, Err *e) {
    const Put *p = arg;
    return setting_put(tx, setting_def(p->setting), str(p->value), e);
}

/* An app with limits. */
typedef struct Limited {
    TestApp t;
    Rates *rates;
    Principal me;
    Err e; /* of the last call */
} Limited;

static void put(Limited *l, Setting setting, const char *value) {
    Err e = {0};
    test_write(&l->t, put_tx, &(Put){setting, value});
    CHECK_OK(settings_reload(l->t.app.settings, l->t.conn, &e), e);
}

static void limited_open(Limited *l, Setting setting, const char *value) {
    *l = (Limited){.me = auth_local(ROLE_OWNER)};
    test_app_start(&l->t, &(TestAppConfig){0});
    put(l, setting, value);
    l->rates = rates_new(l->t.app.settings, fake_now);
}

static void limited_close(Limited *l) {
    rates_free(l->rates);
    test_app_stop(&l->t);
}

static int take(Limited *l, Principal who, bool is_unix, bool writes) {
    l->e = (Err){0};
    return rate_take(l->rates, &who, is_unix, writes, &l->e);
}

TEST(a_minutes_worth_passes_at_once_and_then_one_each_so_often) {
    Limited l;
    limited_open(&l, SET_RATE_REQUESTS, "6");
    for (int i = 0; i < 6; i++) CHECK(take(&l, l.me, false, false) == 0);
    CHECK_I64(take(&l, l.me, false, false), -ERR_RATE_LIMITED);
    CHECK_I64(l.e.retry_s, 10);
    CHECK_I64(l.e.n_details, 2);
    CHECK(str_eq(str(l.e.details[1].text), STR("10")));
    now += 9999999;
    CHECK_I64(take(&l, l.me, false, false), -ERR_RATE_LIMITED);
    CHECK_I64(l.e.retry_s, 1);
    now += 2;
    CHECK(take(&l, l.me, false, false) == 0);
    CHECK(take(&l, l.me, false, false) < 0);
    now += 3600ll * 1000000;
    for (int i = 0; i < 6; i++) CHECK(take(&l, l.me, false, false) == 0);
    CHECK(take(&l, l.me, false, false) < 0);
    limited_close(&l);
}

TEST(writing_has_a_limit_of_its_own) {
    Limited l;
    limited_open(&l, SET_RATE_WRITES, "2");
    for (int i = 0; i < 2; i++) CHECK(take(&l, l.me, false, true) == 0);
    CHECK(take(&l, l.me, false, true) < 0);
    CHECK(strstr(l.e.text, "rate.writes"));
    CHECK(take(&l, l.me, false, false) == 0);
    limited_close(&l);
}

TEST(an_agent_uses_up_its_own_share_only_and_the_socket_has_more) {
    Limited l;
    limited_open(&l, SET_RATE_REQUESTS, "2");
    put(&l, SET_RATE_AGENT_REQUESTS, "1");
    Principal one = {.role = ROLE_AGENT, .id = "lch_1"}, other = {.role = ROLE_AGENT, .id = "lch_2"};
    CHECK(take(&l, one, true, false) == 0);
    CHECK(take(&l, one, true, false) < 0);
    CHECK(take(&l, other, true, false) == 0);
    for (int i = 0; i < 2; i++) CHECK(take(&l, l.me, false, false) == 0);
    CHECK(take(&l, l.me, false, false) < 0);
    for (int i = 0; i < 2 * RATE_SOCKET_FACTOR; i++) CHECK(take(&l, l.me, true, false) == 0);
    CHECK(take(&l, l.me, true, false) < 0);
    limited_close(&l);
}

TEST(zero_is_no_limit_and_a_change_counts_at_once) {
    Limited l;
    limited_open(&l, SET_RATE_REQUESTS, "1");
    CHECK(take(&l, l.me, false, false) == 0);
    CHECK(take(&l, l.me, false, false) < 0);
    put(&l, SET_RATE_REQUESTS, "0");
    for (int i = 0; i < 100; i++) CHECK(take(&l, l.me, false, false) == 0);
    limited_close(&l);
}

/* More callers than are kept share a bucket, until a minute has passed. */
TEST(the_number_of_callers_is_bounded) {
    enum { MANY = 6000, KEPT = 4096 };
    Limited l;
    int refused = 0;
    limited_open(&l, SET_RATE_AGENT_REQUESTS, "1");
    for (int i = 0; i < MANY; i++) {
        Principal who = {.role = ROLE_AGENT};
        snprintf(who.id, sizeof who.id, "lch_%d", i);
        refused += take(&l, who, true, false) < 0;
    }
    CHECK_I64(refused, MANY - KEPT - 1);
    now += 61ll * 1000000;
    CHECK(take(&l, (Principal){.role = ROLE_AGENT, .id = "lch_late"}, true, false) == 0);
    limited_close(&l);
}
