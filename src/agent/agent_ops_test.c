/* Lists of agents, their order and their start, through the operations. */
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/rig.h"
#include "base/test.h"
#include "core/setting.h"
#include "db/db_int.h"
#include "workspace/workspace.h"

enum { FEW = 4000, MANY = 100000 }; /* messages of an agent */

#define FIRST "ag_01arz3ndektsv4rrffq69a0001"

/* `n` agents, archived in the order of their ids when `when` says so ("n" or "NULL"). */
static void add_agents(TestApp *t, int n, const char *letter, const char *when) {
    rig_run(
        t,
        arena_fmt(
            t->arena,
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) "
            "INSERT INTO agent (id, worktree_id, workspace_id, name, mode, permissions, display_order, adapter, command, created_at, updated_at, deleted_at) "
            "SELECT printf('ag_01arz3ndektsv4rrffq69%s%%04d', n), '" RIG_WORKTREE "', '" RIG_WORKSPACE "', 'x', "
            "'regular', '[]', n, 'terminal', '[\"true\"]', 1, 1, %s "
            "FROM c",
            n, letter, when)
            .p);
    rig_run(
        t,
        "INSERT INTO conversation (subject_kind, subject_id, status, status_reason, status_source, created_at, updated_at) "
        "SELECT 'agent', id, 'finished', 'not_started', 'process', 1, 1 FROM agent "
        "WHERE id NOT IN (SELECT subject_id FROM conversation)");
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

/* The first row of a list in an answer, as it is sent. */
static Str first_row(TestApp *t, Str answer, const char *list) {
    Json *root;
    Err e = {0};
    CHECK_OK(json_parse(t->arena, answer, JSON_DEPTH_MAX, &root, &e), e);
    const Json *rows = json_get(root, list);
    CHECK(rows && rows->n == 1);
    return rows->items[0].raw;
}

TEST(an_agent_reads_the_same_in_every_answer) {
    static const char in_worktree[] = "{\"worktreeId\":\"" RIG_WORKTREE "\",\"includeDeleted\":true}";
    static const char worktree[] = "{\"workspaceId\":\"" RIG_WORKSPACE "\",\"worktreeId\":\"" RIG_WORKTREE "\"}";
    TestApp t;
    rig_start(&t);
    add_agents(&t, 1, "a", "NULL");
    rig_run(&t, "UPDATE agent SET model = 'm', limits = '{\"wallSeconds\":5}', is_demo = 1, parent_agent_id = id");
    rig_run(
        &t,
        "UPDATE conversation SET status_since = 2, status_detail = 'd', retry_at = 7, context_level = 3, context_assumed = 1, "
        "session_id = 's', is_resumable = 1, launch_id = 'lch" RIG_ULID "', started_at = 4, stopped_at = 5, "
        "status_state = '{\"now\":{\"backgroundCommands\":2}}'");
    for (int archived = 0; archived <= 1; archived++) {
        Str whole = call(&t, 200, "get_agent", "{\"agentId\":\"" FIRST "\"}");
        CHECK_STR(test_json(&t, whole, "backgroundCommands"), "2");
        CHECK_STR(test_json(&t, whole, "retryAt"), "1970-01-01T00:00:00.000007Z");
        CHECK_STR(test_json(&t, whole, "isResumable"), "true");
        const char *row = arena_cstr(t.arena, whole);
        CHECK_STR(first_row(&t, call(&t, 200, "list_agents", "{\"includeDeleted\":true}"), "agents"), row);
        CHECK_STR(first_row(&t, call(&t, 200, "list_agents", in_worktree), "agents"), row);
        CHECK_STR(first_row(&t, call(&t, 200, "get_worktree", worktree), archived ? "previousAgents" : "agents"), row);
        rig_run(&t, "UPDATE agent SET deleted_at = 6");
    }
    test_app_stop(&t);
}

TEST(a_worktree_refuses_more_agents_than_it_can_show) {
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

TEST(a_new_order_is_published_for_the_agents_that_moved) {
    static const char published[] =
        "SELECT group_concat(substr(json_extract(payload, '$.data.id'), -1) || "
        "json_extract(payload, '$.data.displayOrder')) FROM (SELECT payload FROM event JOIN event_word w ON w.number = "
        "kind WHERE text = 'workspace_updated' AND json_extract(payload, '$.change') = 'agent_updated' ORDER BY event.id)";
    static const char order[] =
        "{\"worktreeId\":\"" RIG_WORKTREE "\",\"agentIds\":[\"ag_01arz3ndektsv4rrffq69a0002\",\"" FIRST
        "\",\"ag_01arz3ndektsv4rrffq69a0003\"]}";
    TestApp t;
    rig_start(&t);
    add_agents(&t, 3, "a", "NULL");
    rig_run(&t, "UPDATE agent SET display_order = display_order - 1");
    Str body = call(&t, 200, "reorder_agents", order);
    CHECK_STR(rig_id(&t, body, "agents", 1), FIRST);
    CHECK_STR(rig_id(&t, call(&t, 200, "list_agents", NULL), "agents", 1), FIRST);
    CHECK_STR(test_cell(&t, published), "20,11");
    rig_run(&t, "UPDATE agent SET deleted_at = 1 WHERE id = '" FIRST "'");
    call(&t, 409, "reorder_agents", order);
    test_app_stop(&t);
}

/* ---- sorted by their worktree ---- */

/* The last digits of the ids, page by page. */
static Str listed(TestApp *t, const char *more) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 4096);
    for (Str after = {0};;) {
        Str cursor = after.n ? arena_fmt(t->arena, ",\"after\":\"" STR_FMT "\"", STR_ARG(after)) : STR("");
        Str body = call(t, 200, "list_agents",
                        arena_fmt(t->arena, "{\"worktreeId\":\"" RIG_WORKTREE "\",\"limit\":2%s%s}", cursor.p, more).p);
        for (size_t i = 0; rig_id(t, body, "agents", i).p; i++)
            buf_add_str(&out, str_from(rig_id(t, body, "agents", i), strlen(FIRST) - 1));
        after = test_json(t, body, "nextCursor");
        if (!after.p) return arena_str(t->arena, buf_str(&out));
    }
}

static Str detailed(TestApp *t) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    WorktreeAgents agents = {0};
    Json *list = NULL;
    Err e = {0};
    CHECK_OK(t->app.agents->of_worktree(t->conn, STR(RIG_WORKTREE), a, &agents, &e), e);
    CHECK_OK(json_parse(a, agents.living, JSON_DEPTH_MAX, &list, &e), e);
    Str ids = STR("");
    for (size_t i = 0; i < list->n; i++)
        ids = arena_fmt(t->arena, STR_FMT STR_FMT, STR_ARG(ids),
                        STR_ARG(str_from(json_str(&list->items[i], "id"), strlen(FIRST) - 1)));
    return ids;
}

/* Running before waiting before error before finished; names without regard to case; what is equal by its place. */
TEST(a_worktree_lists_its_agents_as_its_sort_mode_says) {
    static const struct {
        const char *mode, *want;
    } cases[] = {{"free", "123456"}, {"status", "541263"}, {"name", "465123"}};
    TestApp t;
    rig_start(&t);
    add_agents(&t, 7, "a", "NULL");
    rig_run(
        &t,
        "UPDATE conversation SET status = CASE substr(subject_id, -1) WHEN '5' THEN 'running' WHEN '4' THEN 'waiting' "
        "WHEN '1' THEN 'error' WHEN '2' THEN 'error' WHEN '6' THEN 'error' ELSE 'finished' END");
    rig_run(
        &t,
        "UPDATE agent SET name = CASE substr(id, -1) WHEN '4' THEN 'alpha' WHEN '6' THEN 'Beta' WHEN '5' THEN 'gamma' "
        "WHEN '7' THEN 'aaa' ELSE 'x' END, deleted_at = iif(substr(id, -1) = '7', 1, NULL)");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        rig_run(&t, arena_fmt(t.arena, "UPDATE worktree SET sort_mode = '%s'", cases[i].mode).p);
        CHECK_STR(listed(&t, ""), cases[i].want);
        CHECK_STR(detailed(&t), cases[i].want);
        CHECK_STR(listed(&t, ",\"includeDeleted\":true"), arena_fmt(t.arena, "%s7", cases[i].want).p);
    }
    CHECK_STR(listed(&t, ",\"status\":\"error\""), "612");
    test_app_stop(&t);
}

/* ---- creating ---- */

TEST(an_agent_without_a_mode_is_created_in_the_default_mode) {
    static const char plain[] = "{\"worktreeId\":\"" RIG_WORKTREE "\"}";
    TestApp t;
    Err e = {0};
    rig_start(&t);
    CHECK_STR(test_json(&t, call(&t, 201, "create_agent", plain), "mode"), "regular");
    for (int mode = 0; mode < AgentMode_n; mode++) { /* each mode is a value of the setting */
        const char *word = enum_word(&AgentMode_enum, mode);
        rig_run(&t, arena_fmt(t.arena, "INSERT OR REPLACE INTO setting VALUES ('default_mode', '%s', 1)", word).p);
        CHECK_OK(settings_reload(t.app.settings, t.conn, &e), e);
        CHECK_STR(test_json(&t, call(&t, 201, "create_agent", plain), "mode"), word);
        CHECK(str_find(str(setting_def(SET_DEFAULT_MODE)->words), str(word), &(size_t){0}));
    }
    Str chosen = call(&t, 201, "create_agent", "{\"worktreeId\":\"" RIG_WORKTREE "\",\"mode\":\"regular\"}");
    CHECK_STR(test_json(&t, chosen, "mode"), "regular");
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
              arena_fmt(t.arena, "`%s/./tool.sh` is not an executable program", test_dir()).p);
    write_program("tool.sh");
    const char *path = arena_fmt(t.arena, "%s/./tool.sh", test_dir()).p;
    CHECK(chmod(path, 0600) == 0);
    CHECK_I64(start(&t, &body), 409);
    CHECK_STR(test_json(&t, body, "error.message"),
              arena_fmt(t.arena, "`%s` is not executable; run `chmod +x %s`", path, path).p);
    CHECK(chmod(path, 0700) == 0);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs("#!/no/such/shell\n", f) >= 0 && fclose(f) == 0);
    CHECK_I64(start(&t, &body), 409);
    CHECK_STR(test_json(&t, body, "error.message"),
              arena_fmt(t.arena, "`%s` cannot be started: its interpreter `/no/such/shell` does not exist", path).p);
    write_program("tool.sh");
    CHECK_I64(start(&t, &body), 200);
    test_app_stop(&t);
}

static int path_tx(Tx *tx, void *name, Err *e) { return setting_put(tx, setting_find(str(name)), STR("~/cli"), e); }

TEST(each_cli_has_a_setting_for_the_path_of_its_program) {
    TestApp t;
    Err e = {0};
    rig_start(&t);
    CHECK_I64(setenv("HOME", "/home/somebody", 1), 0);
    for (size_t i = 0; adapters[i]; i++) {
        if (!adapters[i]->program) continue;
        CHECK_STR(agent_program_setting(&t.app, adapters[i], t.arena), "");
        char *name = arena_cstr(t.arena, arena_fmt(t.arena, "agent.%s_path", adapters[i]->name));
        test_write(&t, path_tx, name);
        CHECK_OK(settings_reload(t.app.settings, t.conn, &e), e);
        CHECK_STR(agent_program_setting(&t.app, adapters[i], t.arena), "/home/somebody/cli");
    }
    test_app_stop(&t);
}

static int min_free_tx(Tx *tx, void *mib, Err *e) {
    return setting_put(tx, setting_def(SET_LAUNCH_MIN_FREE_MIB), str(mib), e);
}

static void set_min_free(TestApp *t, char *mib) {
    Err e = {0};
    test_write(t, min_free_tx, mib);
    CHECK_OK(settings_reload(t->app.settings, t->conn, &e), e);
}

static void check_status(TestApp *t, const char *want) {
    CHECK_STR(test_cell(t, "SELECT status || ' ' || status_reason FROM conversation"), want);
}

TEST(what_keeps_an_agent_from_starting_is_its_status_until_it_starts) {
    TestApp t;
    Str body;
    rig_start(&t);
    add_command(&t, "no-such-program");
    CHECK_I64(start(&t, &body), 409);
    check_status(&t, "error missing_cli");
    CHECK_STR(test_cell(&t, "SELECT status_detail FROM conversation"), "`no-such-program` is not installed");
    CHECK_STR(test_cell(&t, "SELECT group_concat(topic) FROM event JOIN event_word w ON w.number = kind JOIN stream s "
                            "ON s.number = event.id >> 40 WHERE text = 'status' AND topic LIKE 'agent/%'"),
              "agent/" FIRST);
    set_min_free(&t, "4194304");
    CHECK_I64(start(&t, &body), 507);
    check_status(&t, "error disk_full");
    set_min_free(&t, "0");
    rig_run(&t, "UPDATE agent SET command = '[\"true\"]'");
    CHECK_I64(start(&t, &body), 200);
    check_status(&t, "running starting");
    rig_run(&t, "UPDATE agent SET command = '[\"no-such-program\"]'");
    CHECK_I64(start(&t, &body), 409);
    check_status(&t, "running starting");
    test_app_stop(&t);
}

static const char left_of_agents[] =
    "SELECT (SELECT count(*) FROM message) || ' ' || (SELECT count(*) FROM conversation) || ' ' || "
    "(SELECT count(*) FROM agent) || ' ' || (SELECT count(*) FROM op_intent)";

/* The id of a new agent with `n` messages. */
static Str add_with_messages(TestApp *t, int n) {
    TestCall c = {.op = "create_agent",
                  .json = "{\"worktreeId\":\"" RIG_WORKTREE "\",\"adapter\":\"terminal\",\"command\":[\"x\"]}"};
    CHECK_I64(test_call(t, &c), 201);
    rig_run(t, arena_fmt(t->arena,
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                         "INSERT INTO message (conversation, id, role, content, is_complete, created_at) "
                         "SELECT c.number, 'msg_' || i, 'user', 'x', 1, 1 FROM n JOIN conversation c",
                         n)
                   .p);
    return test_json(t, c.body, "id");
}

/* The input of delete_agent that deletes it for good. */
static const char *removal_of(TestApp *t, Str id) {
    return arena_fmt(t->arena, "{\"agentId\":\"" STR_FMT "\",\"archive\":false}", STR_ARG(id)).p;
}

static const char many_inputs[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
    "INSERT INTO launch_input (launch, n, bytes, cause, cause_id, at) SELECT l.id, i, x'78', 'reply', '', 1 FROM n JOIN launch l";
static const char many_asks[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
    "INSERT INTO ask (id, org_id, subject_kind, subject_id, request_id, kind, tool, digest, state, created_at) "
    "SELECT 'ask_' || i, 'org_1', 'agent', subject_id, i, 'permission', 'Bash', 'd', 'void', 1 FROM n JOIN conversation";

static void add_launch(TestApp *t) {
    rig_run(t, "INSERT INTO launch (id, owner_kind, owner_id, state, nonce, spec, role, created_at, ended_at) "
               "SELECT 'lch_01arz3ndektsv4rrffq69g5faa', 'agent', id, 'exited', 'x', '{}', 0, 1, 2 FROM agent");
    rig_run(t, many_inputs);
    rig_run(t, many_asks);
}

TEST(deleting_a_large_agent_runs_in_slices_and_reports_progress) {
    TestApp t;
    rig_start(&t);
    Group *writer = &t.app.db->writer.group; /* nothing else writes in the meantime */
    Str id = add_with_messages(&t, MANY);
    add_launch(&t);
    writer->rows_max = 0;
    const char *json = removal_of(&t, id);
    CHECK_I64(test_call(&t, &(TestCall){.op = "delete_agent", .json = json, .key = "key-1"}), 204);
    CHECK(writer->rows_max <= DB_SLICE_STEPS);
    CHECK_STR(test_cell(&t, left_of_agents), "0 0 0 0");
    CHECK_STR(test_cell(&t, "SELECT (SELECT count(*) FROM launch) || (SELECT count(*) FROM launch_input) || "
                            "(SELECT count(*) FROM ask)"),
              "000");
    CHECK_STR(test_cell(&t, "SELECT count(*) BETWEEN 5 AND 10 FROM event "
                            "WHERE kind = (SELECT number FROM event_word WHERE text = 'op_progress')"),
              "1");
    CHECK_I64(test_call(&t, &(TestCall){.op = "delete_agent", .json = json, .key = "key-1"}), 204);
    test_app_stop(&t);
}

/* --- nothing remains --- */

/* Every column of every table, one after the other. */
static Str where_it_stands(TestApp *t, const char *text) {
    Str tables =
        test_cell(t, "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    Str table, found = STR("");
    while (str_split(&tables, ',', &table)) {
        Str columns = test_cell(
            t,
            arena_fmt(t->arena, "SELECT group_concat(name) FROM pragma_table_info('" STR_FMT "')", STR_ARG(table)).p);
        for (Str column; str_split(&columns, ',', &column);) {
            Str n = test_cell(t, arena_fmt(t->arena,
                                           "SELECT count(*) FROM \"" STR_FMT "\" WHERE instr(CAST(\"" STR_FMT
                                           "\" AS TEXT), '%s') > 0",
                                           STR_ARG(table), STR_ARG(column), text)
                                     .p);
            if (!str_is(n, "0"))
                found = arena_fmt(t->arena, STR_FMT STR_FMT "." STR_FMT " ", STR_ARG(found), STR_ARG(table),
                                  STR_ARG(column));
        }
    }
    return found;
}

static const TestCall make_with_prompt = {.op = "create_agent",
                                          .key = "key-make",
                                          .json = "{\"worktreeId\":\"" RIG_WORKTREE
                                                  "\",\"initialPrompt\":\"Pelican, and more\"}"};

static Str add_with_prompt(TestApp *t) {
    TestCall c = make_with_prompt;
    CHECK_I64(test_call(t, &c), 201);
    return test_json(t, c.body, "id");
}

TEST(what_was_written_to_a_deleted_agent_is_in_no_row) {
    TestApp t;
    rig_start(&t);
    Str id = add_with_prompt(&t);
    const char *more =
        arena_fmt(t.arena, "{\"agentId\":\"" STR_FMT "\",\"content\":\"The Pelican again\"}", STR_ARG(id)).p;
    CHECK_I64(test_call(&t, &(TestCall){.op = "send_message_to_agent", .json = more, .key = "key-more"}), 202);
    CHECK_STR(where_it_stands(&t, "Pelican"), "event.payload agent.name op_result.result message.content ");
    const char *json = removal_of(&t, id);
    CHECK_I64(test_call(&t, &(TestCall){.op = "delete_agent", .json = json}), 204);
    CHECK_STR(where_it_stands(&t, "Pelican"), "");
    TestCall again = make_with_prompt;
    CHECK_I64(test_call(&t, &again), 409); /* its key stays used; what it created is gone */
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM agent"), "0");
    test_app_stop(&t);
}

static const char removed_in_workspace[] = "SELECT count(*) FROM event WHERE payload ->> '$.change' = 'agent_removed'";

TEST(an_agent_whose_deletion_fails_is_gone_from_all_pages_and_from_results) {
    TestApp t;
    rig_start(&t);
    Str id = add_with_prompt(&t);
    rig_run(&t, "CREATE TRIGGER refuse BEFORE DELETE ON message BEGIN SELECT RAISE(ABORT, 'no'); END");
    TestCall remove = {.op = "delete_agent", .json = removal_of(&t, id)};
    CHECK_I64(test_call(&t, &remove), 500);
    CHECK_STR(test_cell(&t, removed_in_workspace), "1");
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM agent WHERE deleted_at IS NOT NULL"), "1");
    CHECK_STR(test_cell(&t, "SELECT count(result) FROM op_result"), "0");
    rig_run(&t, "DROP TRIGGER refuse");
    CHECK_I64(test_call(&t, &remove), 204);
    CHECK_STR(test_cell(&t, removed_in_workspace), "1"); /* the one without any text that a person wrote */
    CHECK_STR(where_it_stands(&t, "Pelican"), "");
    test_app_stop(&t);
}

static int retain_tx(Tx *tx, void *arg UNUSED, Err *e) {
    int64_t deleted;
    return stream_retain(tx, 1, 100, &deleted, e);
}

TEST(a_deleted_agent_leaves_no_stream_and_no_word_and_its_stream_number_is_not_used_again) {
    TestApp t;
    Err e = {0};
    rig_start(&t);
    Str id = add_with_messages(&t, FEW);
    rig_run(&t, arena_fmt(t.arena,
                          "INSERT OR IGNORE INTO stream (topic, generation, dropped_seq) VALUES ('agent/" STR_FMT
                          "', 1, 0)",
                          STR_ARG(id))
                    .p);
    rig_run(&t, "INSERT INTO event_word (text) VALUES ('lch_of_agent'), ('lch_of_another')");
    rig_run(&t,
            "INSERT INTO event (id, kind, at, payload, launch) SELECT (s.number << 40) + 1000, 1, 1, '{}', w.number "
            "FROM stream s, event_word w WHERE s.topic LIKE 'agent/%' AND w.text = 'lch_of_agent'");
    const char *json = removal_of(&t, id);
    CHECK_I64(test_call(&t, &(TestCall){.op = "delete_agent", .json = json}), 204);
    CHECK_STR(test_cell(&t, "SELECT group_concat(text) FROM event_word WHERE text LIKE 'lch_of%'"), "lch_of_another");
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM stream WHERE topic LIKE 'agent/%'"), "0");
    const char *greatest = arena_cstr(t.arena, test_cell(&t, "SELECT max(number) FROM stream"));
    CHECK_OK(db_tx(t.app.db, DB_DERIVED, retain_tx, NULL, &e), e);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM stream WHERE topic IS NULL"), "0");
    rig_run(&t, "INSERT INTO stream (topic, generation, dropped_seq) VALUES ('new', 1, 0)");
    CHECK_STR(test_cell(&t, arena_fmt(t.arena, "SELECT max(number) > %s FROM stream", greatest).p), "1");
    test_app_stop(&t);
}

TEST(the_space_of_a_deleted_agent_goes_back_to_the_disk) {
    TestApp t;
    rig_start(&t);
    Str id = add_with_messages(&t, FEW);
    rig_run(&t, "UPDATE message SET content = hex(zeroblob(1000))");
    CHECK_STR(test_cell(&t, "SELECT page_count * page_size > 8000000 FROM pragma_page_count, pragma_page_size"), "1");
    const char *json = removal_of(&t, id);
    CHECK_I64(test_call(&t, &(TestCall){.op = "delete_agent", .json = json}), 204);
    CHECK_STR(test_cell(&t, "SELECT page_count * page_size < 3000000 FROM pragma_page_count, pragma_page_size"), "1");
    test_app_stop(&t);
}

TEST(a_deletion_that_was_cut_off_is_finished_at_the_next_start_and_not_undone_before) {
    TestApp t;
    rig_start(&t);
    Str id = add_with_messages(&t, FEW);
    rig_run(&t, arena_fmt(t.arena, "UPDATE agent SET deleted_at = 1 WHERE id = '" STR_FMT "'", STR_ARG(id)).p);
    rig_run(&t, "DELETE FROM message WHERE number % 2");
    rig_run(&t,
            arena_fmt(t.arena,
                      "INSERT INTO op_intent (id, op, key, principal, input, state, created_at) VALUES "
                      "('int_1', 'delete_agent', NULL, 'x', '{\"agentId\":\"" STR_FMT "\",\"archive\":false}', '', 1)",
                      STR_ARG(id))
                .p);
    const char *json = arena_fmt(t.arena, "{\"agentId\":\"" STR_FMT "\"}", STR_ARG(id)).p;
    CHECK_I64(test_call(&t, &(TestCall){.op = "restore_agent", .json = json}), 409);
    CHECK_I64(test_recover(&t), 0);
    CHECK_STR(test_cell(&t, left_of_agents), "0 0 0 0");
    test_app_stop(&t);
}
