/* Launch profiles: what an agent takes from one, and what is refused. */
#include "agent/profile.h"

#include "adapter/adapters.h"
#include "agent/agent_start.h"
#include "agent/bench.h"
#include "base/test.h"

#define OF "\"workspaceId\":\"" RIG_WORKSPACE "\""

static Str call(Bench *b, const char *op, const char *json, int want) {
    TestCall c = {.op = op, .json = json};
    int got = test_call(&b->t, &c);
    if (got != want) test_fail(__FILE__, __LINE__, "%s %s: %d " STR_FMT, op, json, got, STR_ARG(c.body));
    return c.body;
}

static Str create(Bench *b, const char *values) {
    Str p = call(b, "create_launch_profile", arena_fmt(b->t.arena, "{" OF ",%s}", values).p, 201);
    return test_json(&b->t, p, "id");
}

static Str agent_with(Bench *b, Str profile, const char *more) {
    return call(b, "create_agent",
                arena_fmt(b->t.arena, "{\"worktreeId\":\"" RIG_WORKTREE "\",\"profileId\":\"" STR_FMT "\"%s}",
                          STR_ARG(profile), more)
                    .p,
                201);
}

TEST(an_agent_takes_what_the_call_leaves_out) {
    Bench b;
    bench_open(&b);
    Str id =
        create(&b, "\"name\":\"Careful\",\"model\":\"opus\",\"effort\":\"high\",\"mode\":\"plan\",\"permissions\":"
                   "[\"read\",\"write\"],\"limits\":{\"memoryMib\":512},\"environment\":[\"KEY=secret=1\",\"B=\"]");
    Str g = agent_with(&b, id, "");
    static const char *const want[][2] = {
        {"model", "opus"}, {"effort", "high"}, {"mode", "plan"}, {"limits.memoryMib", "512"}, {"adapter", "claude"}};
    for (size_t i = 0; i < COUNT_OF(want); i++) CHECK_STR(test_json(&b.t, g, want[i][0]), want[i][1]);
    CHECK(str_eq(test_json(&b.t, g, "profileId"), id));
    CHECK_STR(test_json(&b.t, g, "permissions"), "[\"read\",\"write\"]");
    CHECK(!test_json(&b.t, g, "environment").p);
    Str own = agent_with(&b, id, ",\"model\":\"haiku\",\"mode\":\"auto\",\"effort\":\"low\",\"permissions\":[]");
    CHECK_STR(test_json(&b.t, own, "model"), "haiku");
    CHECK_STR(test_json(&b.t, own, "mode"), "auto");
    CHECK_STR(test_json(&b.t, own, "effort"), "low");
    CHECK_STR(test_json(&b.t, own, "permissions"), "[]");
    call(&b, "update_launch_profile",
         arena_fmt(b.t.arena, "{" OF ",\"profileId\":\"" STR_FMT "\",\"name\":\"Bare\"}", STR_ARG(id)).p, 200);
    Str bare = agent_with(&b, id, "");
    CHECK(!test_json(&b.t, bare, "model").p && !test_json(&b.t, bare, "effort").p);
    CHECK_STR(test_json(&b.t, bare, "mode"), "regular");
    Str fork = call(&b, "fork_agent",
                    arena_fmt(b.t.arena, "{\"agentId\":\"" STR_FMT "\"}", STR_ARG(test_json(&b.t, g, "id"))).p, 201);
    CHECK_STR(test_json(&b.t, fork, "effort"), "high");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM agent WHERE environment = '[\"KEY=secret=1\",\"B=\"]'"), "3");
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM event WHERE payload LIKE '%secret%'"), "0");
    bench_close(&b);
}

TEST(the_environment_of_an_agent_reaches_its_programs_and_replaces_the_users) {
    Bench b;
    StrList env;
    Err e = {0};
    bench_open(&b);
    Str id = create(&b, "\"name\":\"e\",\"environment\":[\"HOME=/elsewhere\",\"TOKEN=a=b\"]");
    Str g = agent_with(&b, id, "");
    LaunchRow row = {.owner_id = test_json(&b.t, g, "id")};
    CHECK_OK(agent_environment(&b.t.app, b.t.conn, &row, b.t.arena, &env, &e), e);
    int n_homes = 0, n_tokens = 0;
    for (size_t i = 0; i < env.n; i++) {
        n_homes += str_starts(env.items[i], STR("HOME="));
        n_tokens += str_is(env.items[i], "TOKEN=a=b") || str_is(env.items[i], "HOME=/elsewhere");
    }
    CHECK_I64(n_homes, 1);
    CHECK_I64(n_tokens, 2);
    bench_close(&b);
}

TEST(what_cannot_be_a_profile_is_refused_with_its_field) {
    static const char *const bad[][2] = {
        {"\"environment\":[\"NAME\"]", "environment[0]"},
        {"\"environment\":[\"A=1\",\"1A=1\"]", "environment[1]"},
        {"\"environment\":[\"MUSTER_HOME=/x\"]", "environment[0]"},
        {"\"environment\":[\"A=1\",\"A=2\"]", "environment[1]"},
        {"\"environment\":[\"=1\"]", "environment[0]"},
        {"\"adapter\":\"terminal\"", "command"},
        {"\"command\":[\"ls\"]", "command"},
        {"\"adapter\":\"terminal\",\"command\":[\"ls\"],\"effort\":\"low\"", "effort"},
        {"\"effort\":\"huge\"", "effort"},
    };
    Bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Str body =
            call(&b, "create_launch_profile", arena_fmt(b.t.arena, "{" OF ",\"name\":\"x\",%s}", bad[i][0]).p, 400);
        size_t at;
        CHECK(str_find(body, arena_fmt(b.t.arena, "\"%s\":", bad[i][1]), &at));
    }
    create(&b, "\"name\":\"x\"");
    call(&b, "create_launch_profile", "{" OF ",\"name\":\"x\"}", 409);
    call(&b, "create_agent", "{\"worktreeId\":\"" RIG_WORKTREE "\",\"profileId\":\"lpr_01arz3ndektsv4rrffq69g5faa\"}",
         404);
    call(&b, "update_agent", "{\"agentId\":\"" AGENT_ID "\",\"effort\":\"max\"}", 200);
    bench_close(&b);
}

TEST(profiles_have_an_order_and_a_maximum) {
    Bench b;
    bench_open(&b);
    Str one = create(&b, "\"name\":\"one\""), two = create(&b, "\"name\":\"two\"");
    call(
        &b, "reorder_launch_profiles",
        arena_fmt(b.t.arena, "{" OF ",\"profileIds\":[\"" STR_FMT "\",\"" STR_FMT "\"]}", STR_ARG(two), STR_ARG(one)).p,
        200);
    Str all = call(&b, "list_launch_profiles", "{" OF "}", 200);
    CHECK(str_eq(rig_id(&b.t, all, "profiles", 0), two) && str_eq(rig_id(&b.t, all, "profiles", 1), one));
    const char *gone = arena_fmt(b.t.arena, "{" OF ",\"profileId\":\"" STR_FMT "\"}", STR_ARG(two)).p;
    call(&b, "delete_launch_profile", gone, 204);
    call(&b, "delete_launch_profile", gone, 404);
    rig_run(&b.t, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) "
                  "INSERT INTO launch_profile (id, workspace_id, name, adapter, display_order, created_at, updated_at) "
                  "SELECT 'lpr_' || i, '" RIG_WORKSPACE "', i, 'claude', i, 1, 1 FROM n");
    call(&b, "create_launch_profile", "{" OF ",\"name\":\"more\"}", 409);
    bench_close(&b);
}

static Str archived(Bench *b, const char *json, size_t place) {
    return rig_id(&b->t, call(b, "list_archived_agents", json, 200), "agents", place);
}

TEST(archived_agents_are_listed_newest_first) {
    Bench b;
    bench_open(&b);
    rig_run(&b.t, "UPDATE agent SET deleted_at = 1");
    Str ids[3] = {STR(AGENT_ID)};
    static const char *const names[] = {"test", "Other Name", "same"};
    for (int i = 1; i < 3; i++) {
        Str g = call(&b, "create_agent",
                     arena_fmt(b.t.arena, "{\"worktreeId\":\"" RIG_WORKTREE "\",\"name\":\"%s\"}", names[i]).p, 201);
        ids[i] = test_json(&b.t, g, "id");
        rig_run(&b.t,
                arena_fmt(b.t.arena, "UPDATE agent SET deleted_at = 7 WHERE id = '" STR_FMT "'", STR_ARG(ids[i])).p);
    }
    CHECK(str_eq(archived(&b, "{}", 0), ids[2]) && str_eq(archived(&b, "{}", 2), ids[0]));
    CHECK(str_eq(archived(&b, "{\"q\":\"R NA\"}", 0), ids[1]) && !archived(&b, "{\"q\":\"R NA\"}", 1).n);
    CHECK(str_eq(archived(&b, "{\"worktreeId\":\"" RIG_WORKTREE "\"}", 2), ids[0]));
    CHECK(!archived(&b, "{\"workspaceId\":\"ws_01arz3ndektsv4rrffq69g5fzz\"}", 0).n);
    Str after = {0};
    for (int i = 2; i >= 0; i--) {
        const char *json = after.n ? arena_fmt(b.t.arena, "{\"limit\":1,\"after\":\"" STR_FMT "\"}", STR_ARG(after)).p
                                   : "{\"limit\":1}";
        CHECK(str_eq(archived(&b, json, 0), ids[i]));
        after = test_json(&b.t, call(&b, "list_archived_agents", json, 200), "nextCursor");
        CHECK_I64(after.n > 0, i > 0);
    }
    call(&b, "restore_agent", arena_fmt(b.t.arena, "{\"agentId\":\"" STR_FMT "\"}", STR_ARG(ids[2])).p, 200);
    CHECK(str_eq(archived(&b, "{}", 0), ids[1]));
    call(&b, "list_archived_agents", arena_fmt(b.t.arena, "{\"after\":\"" STR_FMT "\"}", STR_ARG(ids[2])).p, 409);
    bench_close(&b);
}
