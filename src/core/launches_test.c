/* The set of launches seen from outside: owners, holds by process, facts of many launches, and its end. */
#include "core/launches.h"

#include "base/test.h"
#include "core/test_app.h"

static const LaunchOwner one = {.kind = "one"}, other = {.kind = "other"};

TEST(an_owner_is_found_by_its_kind) {
    App app = {0};
    Launches *ls;
    Err e = {0};
    CHECK_OK(launches_new(&app, &ls, &e), e);
    launches_register(ls, &one);
    launches_register(ls, &other);
    CHECK(launches_owner(ls, STR("one")) == &one && launches_owner(ls, STR("other")) == &other);
    CHECK(!launches_owner(ls, STR("on")) && !launches_owner(ls, STR("")));
    launches_free(ls);
}

TEST(a_hold_is_identified_by_its_launch_or_its_process_only) {
    App app = {0};
    Launches *ls;
    Err e = {0};
    Run r = {.id = "lch_1", .owner_id = "ag_1", .hold_pid = 4711, .role = ROLE_AGENT};
    Principal who = {0};
    CHECK_OK(launches_new(&app, &ls, &e), e);
    map_put(&ls->runs, str(r.id), &r);
    CHECK(launches_find_hold(ls, 4711, (Str){0}, &who));
    CHECK(who.role == ROLE_AGENT);
    CHECK_STR(str(who.id), "lch_1");
    CHECK_STR(str(who.owner), "ag_1");
    CHECK(launches_find_hold(ls, 1, STR("lch_1"), &who)); /* by its launch, whatever the process */
    CHECK(!launches_find_hold(ls, 4712, (Str){0}, &who) && !launches_find_hold(ls, 4711, STR("lch_2"), &who));
    launches_free(ls);
}

static void on_stopped(void *arg) { (*(int *)arg)++; }

TEST(a_set_without_launches_stops_at_once_and_reports_it_once) {
    App app = {0};
    Launches *ls;
    Err e = {0};
    int n = 0;
    CHECK_OK(launches_new(&app, &ls, &e), e);
    launches_stop(ls, on_stopped, &n);
    CHECK_I64(n, 1);
    launches_run_gone(ls);
    CHECK_I64(n, 1);
    launches_free(ls);
}

TEST(facts_of_launches_that_are_not_alive_are_zeros) {
    TestApp t;
    LaunchFacts facts[3] = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
    Str ids[] = {STR(""), STR("lch_gone"), STR("lch_1")};
    test_app_start(&t, &(TestAppConfig){0});
    launches_facts(&t.app, ids, COUNT_OF(ids), facts);
    for (size_t i = 0; i < COUNT_OF(facts); i++) CHECK_I64(facts[i].pid + facts[i].rss_bytes + facts[i].processes, 0);
    CHECK(!launch_facts(&t.app, STR("lch_gone"), facts));
    CHECK(launch_poke(&t.app, STR("lch_gone"), INT64_MAX, STR("x")) == LAUNCH_POKE_UNREACHABLE);
    launch_stop(&t.app, STR("lch_gone"), LAUNCH_STOP_KILL); /* nothing to stop is not an error */
    test_app_stop(&t);
}
