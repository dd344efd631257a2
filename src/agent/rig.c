/* See rig.h. */
#include "agent/rig.h"

#include "agent/agent.h"
#include "agent/agent_migrations.h"
#include "agent/overview.h"
#include "agent/profile.h"
#include "approval/approval.h"
#include "approval/approval_migrations.h"
#include "attachment/attachment_migrations.h"
#include "base/test.h"
#include "checkpoint/checkpoint_migrations.h"
#include "conversation/conversation_migrations.h"
#include "core/core_migrations.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "script/script_migrations.h"
#include "usage/usage_migrations.h"
#include "workspace/workspace.h"
#include "workspace/workspace_migrations.h"
#include "workspace/worktree_file.h"

/* The owner of launches that is registered with the hooks stays on a separate App, so that launches here are only
 * rows. */
static void register_hooks(App *app) {
    App apart = {0};
    Err e = {0};
    CHECK_OK(launches_new(&apart, &apart.launches, &e), e);
    conversation_register(&apart);
    agent_register(&apart);
    app->hooks = apart.hooks;
    app->agents = apart.agents;
    launches_free(apart.launches);
}

static int run_tx(Tx *tx, void *sql, Err *e) { return tx_run(tx, sql, DB_NONE, NULL, e); }

void rig_run(TestApp *t, const char *sql) {
    Sql *q = arena_new_in(t->arena, Sql); /* connections know statements by their address */
    *q = (Sql){.name = "of_a_test", .text = sql, .file = "test"};
    test_write(t, run_tx, q);
}

void rig_start(TestApp *t) {
    static const Migration *const migrations[] = {core_migrations,         op_migrations,         launch_migrations,
                                                  workspace_migrations,    script_migrations,     approval_migrations,
                                                  agent_migrations,        usage_migrations,      attachment_migrations,
                                                  conversation_migrations, checkpoint_migrations, NULL};
    static const Op *const ops[] = {agent_ops,    agent_run_ops, agent_session_ops, message_ops,  queue_ops,
                                    find_ops,     evidence_ops,  turn_ops,          overview_ops, profile_ops,
                                    approval_ops, workspace_ops, file_ops,          rule_ops,     NULL};
    static const TopicDef *const topics[] = {agent_topics, approval_topics, workspace_topics, NULL};
    static const ConversationKind *const conversations[] = {&agent_conversation, NULL};
    test_app_start(
        t, &(TestAppConfig){.migrations = migrations, .ops = ops, .topics = topics, .conversations = conversations});
    register_hooks(&t->app);
    rig_run(t, "INSERT INTO workspace (id, name, path, common_dir, created_at, updated_at) "
               "VALUES ('" RIG_WORKSPACE "', 'w', '/nowhere', '/nowhere/.git', 1, 1)");
    rig_run(t,
            arena_fmt(t->arena,
                      "INSERT INTO worktree (id, workspace_id, name, branch, path, sort_mode, display_order, is_main, "
                      "is_detached, created_at, updated_at) VALUES ('" RIG_WORKTREE "', '" RIG_WORKSPACE
                      "', 'topic', 'topic', '%s', 'free', 0, 0, 0, 1, 1)",
                      test_dir())
                .p);
}

Str rig_id(TestApp *t, Str json, const char *list, size_t place) {
    Json *root = NULL;
    Err e = {0};
    CHECK_OK(json_parse(t->arena, json, JSON_DEPTH_MAX, &root, &e), e);
    const Json *rows = json_get(root, list);
    return rows && place < rows->n ? arena_str(t->arena, json_str(&rows->items[place], "id")) : (Str){0};
}
