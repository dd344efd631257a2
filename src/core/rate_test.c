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

static void put(TestApp *t, Setting setting, const char *value) {
    Err e = {0};
    test_write(t, put_tx, &(Put){setting, value});
    CHECK_OK(settings_reload(t->app.settings, t->conn, &e), e);
}

static int take(Rates *r, Principal who, bool is_unix, bool writes, Err *e) {
    *e = (Err){0};
    return rate_take(r, &who, is_unix, writes, e);
}

TEST(a_minutes_worth_passes_at_once_and_then_one_each_so_often) {
    TestApp t;
    Err e;
    test_app_start(&t, &(TestAppConfig){0});
    put(&t, SET_RATE_REQUESTS, "6");
    Rates *r = rates_new(t.app.settings, fake_now);
    Principal me = auth_local(ROLE_OWNER);
    for (int i = 0; i < 6; i++) CHECK(take(r, me, false, false, &e) == 0);
    CHECK_I64(take(r, me, false, false, &e), -ERR_RATE_LIMITED);
    CHECK_I64(e.retry_s, 10);
    CHECK_I64(e.n_details, 2);
    CHECK(str_eq(str(e.details[1].text), STR("10")));
    now += 9999999;
    CHECK_I64(take(r, me, false, false, &e), -ERR_RATE_LIMITED);
    CHECK_I64(e.retry_s, 1);
    now += 2;
    CHECK(take(r, me, false, false, &e) == 0);
    CHECK(take(r, me, false, false, &e) < 0);
    now += 3600ll * 1000000;
    for (int i = 0; i < 6; i++) CHECK(take(r, me, false, false, &e) == 0);
    CHECK(take(r, me, false, false, &e) < 0);
    rates_free(r);
    test_app_stop(&t);
}

TEST(writing_has_a_limit_of_its_own) {
    TestApp t;
    Err e;
    test_app_start(&t, &(TestAppConfig){0});
    put(&t, SET_RATE_WRITES, "2");
    Rates *r = rates_new(t.app.settings, fake_now);
    Principal me = auth_local(ROLE_OWNER);
    for (int i = 0; i < 2; i++) CHECK(take(r, me, false, true, &e) == 0);
    CHECK(take(r, me, false, true, &e) < 0);
    CHECK(strstr(e.text, "rate.writes"));
    CHECK(take(r, me, false, false, &e) == 0);
    rates_free(r);
    test_app_stop(&t);
}

TEST(an_agent_uses_up_its_own_share_only_and_the_socket_has_more) {
    TestApp t;
    Err e;
    test_app_start(&t, &(TestAppConfig){0});
    put(&t, SET_RATE_REQUESTS, "2");
    put(&t, SET_RATE_AGENT_REQUESTS, "1");
    Rates *r = rates_new(t.app.settings, fake_now);
    Principal me = auth_local(ROLE_OWNER), one = {.role = ROLE_AGENT, .id = "lch_1"},
              other = {.role = ROLE_AGENT, .id = "lch_2"};
    CHECK(take(r, one, true, false, &e) == 0);
    CHECK(take(r, one, true, false, &e) < 0);
    CHECK(take(r, other, true, false, &e) == 0);
    for (int i = 0; i < 2; i++) CHECK(take(r, me, false, false, &e) == 0);
    CHECK(take(r, me, false, false, &e) < 0);
    for (int i = 0; i < 2 * RATE_SOCKET_FACTOR; i++) CHECK(take(r, me, true, false, &e) == 0);
    CHECK(take(r, me, true, false, &e) < 0);
    rates_free(r);
    test_app_stop(&t);
}

TEST(zero_is_no_limit_and_a_change_counts_at_once) {
    TestApp t;
    Err e;
    test_app_start(&t, &(TestAppConfig){0});
    put(&t, SET_RATE_REQUESTS, "1");
    Rates *r = rates_new(t.app.settings, fake_now);
    Principal me = auth_local(ROLE_OWNER);
    CHECK(take(r, me, false, false, &e) == 0);
    CHECK(take(r, me, false, false, &e) < 0);
    put(&t, SET_RATE_REQUESTS, "0");
    for (int i = 0; i < 100; i++) CHECK(take(r, me, false, false, &e) == 0);
    rates_free(r);
    test_app_stop(&t);
}

/* More callers than are kept share a bucket, until a minute has passed. */
TEST(the_number_of_callers_is_bounded) {
    enum { MANY = 6000, KEPT = 4096 };
    TestApp t;
    Err e;
    int refused = 0;
    test_app_start(&t, &(TestAppConfig){0});
    put(&t, SET_RATE_AGENT_REQUESTS, "1");
    Rates *r = rates_new(t.app.settings, fake_now);
    for (int i = 0; i < MANY; i++) {
        Principal who = {.role = ROLE_AGENT};
        snprintf(who.id, sizeof who.id, "lch_%d", i);
        refused += take(r, who, true, false, &e) < 0;
    }
    CHECK_I64(refused, MANY - KEPT - 1);
    now += 61ll * 1000000;
    CHECK(take(r, (Principal){.role = ROLE_AGENT, .id = "lch_late"}, true, false, &e) == 0);
    rates_free(r);
    test_app_stop(&t);
}
