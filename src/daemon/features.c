/* See features.h. A new noun is one line in each table that it has something for. */
#include "daemon/features.h"

#include "agent/agent.h"
#include "agent/agent_migrations.h"
#include "agent/agent_sql.h"
#include "agent/overview.h"
#include "agent/profile.h"
#include "approval/approval.h"
#include "approval/approval_migrations.h"
#include "approval/approval_sql.h"
#include "attachment/attachment.h"
#include "attachment/attachment_migrations.h"
#include "attachment/attachment_sql.h"
#include "change/change.h"
#include "change/change_migrations.h"
#include "change/change_sql.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/checkpoint_migrations.h"
#include "checkpoint/checkpoint_sql.h"
#include "conversation/conversation.h"
#include "conversation/conversation_migrations.h"
#include "conversation/conversation_sql.h"
#include "core/core_migrations.h"
#include "core/launch_migrations.h"
#include "core/launch_sql.h"
#include "core/op_migrations.h"
#include "core/op_sql.h"
#include "core/stream_sql.h"
#include "daemon/doctor_ops.h"
#include "daemon/metrics.h"
#include "daemon/system.h"
#include "eye_control/eye_control.h"
#include "eye_control/eye_control_migrations.h"
#include "eye_control/eye_control_sql.h"
#include "host/host.h"
#include "person/person.h"
#include "person/person_migrations.h"
#include "person/person_sql.h"
#include "script/script.h"
#include "script/script_migrations.h"
#include "script/script_sql.h"
#include "setting/setting_ops.h"
#include "terminal/terminal.h"
#include "terminal/terminal_migrations.h"
#include "terminal/terminal_sql.h"
#include "usage/usage.h"
#include "usage/usage_migrations.h"
#include "usage/usage_sql.h"
#include "workspace/base.h"
#include "workspace/clone.h"
#include "workspace/workspace.h"
#include "workspace/workspace_migrations.h"
#include "workspace/workspace_sql.h"
#include "workspace/worktree_file.h"

const Op *const *features_ops(void) {
    static const Op *const lists[] = {system_ops,
                                      storage_ops,
                                      metrics_ops,
                                      error_ops,
                                      setting_ops,
                                      workspace_ops,
                                      base_ops,
                                      agent_ops,
                                      agent_run_ops,
                                      agent_session_ops,
                                      message_ops,
                                      queue_ops,
                                      find_ops,
                                      evidence_ops,
                                      turn_ops,
                                      overview_ops,
                                      profile_ops,
                                      script_ops,
                                      script_run_ops,
                                      proposal_ops,
                                      port_ops,
                                      approval_ops,
                                      usage_ops,
                                      diff_ops,
                                      stage_ops,
                                      remote_ops,
                                      merge_ops,
                                      radar_ops,
                                      land_queue_ops,
                                      comment_ops,
                                      checkpoint_ops,
                                      terminal_ops,
                                      file_ops,
                                      intent_ops,
                                      person_ops,
                                      rule_ops,
                                      attachment_ops,
                                      host_ops,
                                      pull_ops,
                                      ticket_ops,
                                      doctor_ops,
                                      clone_ops,
                                      eye_ops,
                                      eye_run_ops,
                                      eye_measure_ops,
                                      recording_ops,
                                      NULL};
    return lists;
}

const Migration *const *features_migrations(void) {
    static const Migration *const lists[] = {
        core_migrations,         op_migrations,         launch_migrations,      workspace_migrations,
        script_migrations,       approval_migrations,   agent_migrations,       usage_migrations,
        conversation_migrations, change_migrations,     checkpoint_migrations,  terminal_migrations,
        person_migrations,       attachment_migrations, eye_control_migrations, NULL};
    return lists;
}

const Sql *const *const *features_sql(void) {
    static const Sql *const *const tables[] = {op_sql,           launch_sql,     stream_sql,      workspace_sql,
                                               script_sql,       agent_sql,      approval_sql,    usage_sql,
                                               conversation_sql, change_sql,     checkpoint_sql,  terminal_sql,
                                               person_sql,       attachment_sql, eye_control_sql, NULL};
    return tables;
}

const TopicDef *const *features_topics(void) {
    static const TopicDef *const lists[] = {system_topics,   workspace_topics, agent_topics,
                                            approval_topics, usage_topics,     terminal_topics,
                                            person_topics,   eye_topics,       NULL};
    return lists;
}

const OrgOf *const *features_orgs(void) {
    static const OrgOf *const lists[] = {workspace_orgs, agent_orgs,      script_orgs, checkpoint_orgs, terminal_orgs,
                                         approval_orgs,  attachment_orgs, change_orgs, eye_orgs,        NULL};
    return lists;
}

const ConversationKind *const *features_conversations(void) {
    static const ConversationKind *const kinds[] = {&agent_conversation, NULL};
    return kinds;
}

void features_register(App *app) {
    files_register(app);
    clones_register(app);
    conversation_register(app);
    script_register(app);
    agent_register(app);
    change_register(app);
    checkpoint_register(app);
    terminal_register(app);
    eye_control_register(app);
    host_register(app);
    metrics_register(app);
    errors_register(app);
}
