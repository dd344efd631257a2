/* Lists of agents, their order and their start, through the operations. */
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/rig.h"
#include "base/test.h"

#define FIRST "ag_01arz3ndektsv4rrffq69a0001"

/* `n` agents, archived in the order of their ids when `when` says so ("n" or "NULL"). */
static void add_agents(TestApp *t, int n, const char *letter, const char *when) {
    rig_run(t, arena_fmt(
                   t->arena,
                   "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) "
                   "INSERT INTO agent (id, worktree_id, workspace_id, name, status, status_reason, status_source, "
                   "mode, permissions, display_order, adapter, command, created_at, updated_at, deleted_at) "
                   "SELECT printf('ag_01arz3ndektsv4rrffq69%s%%04d', n), '" RIG_WORKTREE "', '" RIG_WORKSPACE "', 'x', "
                   "'finished', 'not_started', 'process', 'regular', '[]', n, 'terminal', '[\"true\"]', 1, 1, %s "
                   "FROM c",
                   n, letter, when)
                   .p);
}

static Str call(TestApp *t, int want, const char *op, const char *json) {
    TestCall c = {.op = op, .json = json};
    CHECK_I64(test_call(t, &c), want);
    return c.body;
}

/* ---- lists ---- */

TEST(a_worktree_with_thousands_of_archived_agents_is_shown) {
    TestApp t;
    rig_start(&t);
    add_agents(&t, 2001, "a", "n");
    add_agents(&t, 2, "b", "NULL");
    Str seen =
        call(&t, 200, "get_worktree", "{\"workspaceId\":\"" RIG_WORKSPACE "\",\"worktreeId\":\"" RIG_WORKTREE "\"}");
    CHECK_STR(rig_id(&t, seen, "agents", 1), "ag_01arz3ndektsv4rrffq69b0002");
    CHECK_STR(rig_id(&t, seen, "previousAgents", 0), "ag_01arz3ndektsv4rrffq69a2001");
    CHECK_STR(rig_id(&t, seen, "previousAgents", 99), "ag_01arz3ndektsv4rrffq69a1902");
    CHECK(!rig_id(&t, seen, "previousAgents", 100).p);
    CHECK_STR(test_json(&t, seen, "previousAgentCount"), "2001");
    Str first = call(&t, 200, "list_agents", "{\"includeDeleted\":true}");
    CHECK_STR(rig_id(&t, first, "agents", 0), "ag_01arz3ndektsv4rrffq69b0001");
    CHECK_STR(test_json(&t, first, "hasMore"), "true");
    Str cursor = test_json(&t, first, "nextCursor");
    CHECK_STR(cursor, "ag_01arz3ndektsv4rrffq69a1998");
    Str rest = call(&t, 200, "list_agents",
                    arena_fmt(t.arena, "{\"includeDeleted\":true,\"after\":\"" STR_FMT "\"}", STR_ARG(cursor)).p);
    CHECK_STR(rig_id(&t, rest, "agents", 0), "ag_01arz3ndektsv4rrffq69a1999");
    CHECK_STR(rig_id(&t, rest, "agents", 2), "ag_01arz3ndektsv4rrffq69a2001");
    CHECK_STR(test_json(&t, rest, "hasMore"), "false");
    CHECK(!rig_id(&t, rest, "agents", 3).p && !test_json(&t, rest, "nextCursor").p);
    call(&t, 404, "list_agents", "{\"after\":\"ag_01arz3ndektsv4rrffq69z0001\"}");
    test_app_stop(&t);
}

TEST(a_worktree_takes_no_more_agents_than_it_can_show) {
    static const char create[] =
        "{\"worktreeId\":\"" RIG_WORKTREE "\",\"adapter\":\"terminal\",\"command\":[\"true\"]}";
    static const char restore[] = "{\"agentId\":\"" FIRST "\"}";
    TestApp t;
    rig_start(&t);
    add_agents(&t, 1, "a", "n");
    add_agents(&t, AGENTS_OF_WORKTREE_MAX - 1, "b", "NULL");
    call(&t, 201, "create_agent", create);
    call(&t, 409, "create_agent", create);
    call(&t, 409, "restore_agent", restore);
    rig_run(&t, "UPDATE agent SET deleted_at = 1 WHERE id = 'ag_01arz3ndektsv4rrffq69b0001'");
    call(&t, 200, "restore_agent", restore);
    test_app_stop(&t);
}

/* ---- starting ---- */

static void add_command(TestApp *t, const char *command) {
    add_agents(t, 1, "a", "NULL");
    rig_run(t, arena_fmt(t->arena, "UPDATE agent SET command = '[\"%s\"]'", command).p);
}

static void write_program(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    FILE *f = fopen(path, "w");
    CHECK(f);
    fclose(f);
    CHECK_I64(chmod(path, 0700), 0);
}

static int start(TestApp *t, Str *ret_body) {
    TestCall c = {.op = "start_agent", .json = "{\"agentId\":\"" FIRST "\"}"};
    int status = test_call(t, &c);
    *ret_body = c.body;
    return status;
}

TEST(a_program_given_as_a_path_is_looked_for_in_the_worktree) {
    TestApp t;
    Str body;
    rig_start(&t);
    add_command(&t, "./tool.sh");
    CHECK_I64(start(&t, &body), 409);
    CHECK_STR(test_json(&t, body, "error.code"), "MISSING_CLI");
    CHECK_STR(test_json(&t, body, "error.message"),
              arena_fmt(t.arena, "`%s/./tool.sh` is not a program that can be run", test_dir()).p);
    write_program("tool.sh");
    CHECK_I64(start(&t, &body), 200);
    test_app_stop(&t);
}
