/* The daemon's tables, as muster-gen reads them. */
#include "adapter/event.h"
#include "base/mem.h"
#include "checkpoint/checkpoint.h"
#include "daemon/config.h"
#include "daemon/features.h"
#include "daemon/installed.h"
#include "gen/gen.h"
#include "workspace/clone.h"
#include "workspace/overview.h"

/* Payloads whose C type only one file needs. */
extern const Shape AgentOverviewNews_shape, AskChanged_shape, Eye_shape, EyeGoneNews_shape, EyeRecording_shape,
    OpProgress_shape, RecordingGoneNews_shape, RulesChanged_shape, SettingChanged_shape, UiStateNews_shape,
    UsageNews_shape;

static const GenEvent app_events[] = {
    {"overview/{orgId}", "workspace_opened", &WorkspaceNews_shape},
    {"overview/{orgId}", "workspace_renamed", &WorkspaceNews_shape},
    {"overview/{orgId}", "workspace_moved", &WorkspaceNews_shape},
    {"overview/{orgId}", "workspace_closed", &WorkspaceNews_shape},
    {"overview/{orgId}", "overview_worktree", &WorktreeOverviewNews_shape},
    {"overview/{orgId}", "overview_agent", &AgentOverviewNews_shape},
    {"overview/{orgId}", "trash_changed", &TrashNews_shape},
    {"overview/{orgId}", "clone_changed", &Clone_shape},
    {"app", "system_updated", &SystemNews_shape},
    {"app", "setting_changed", &SettingChanged_shape},
    {"app", "op_progress", &OpProgress_shape},
    {"inbox/{orgId}", "ask_changed", &AskChanged_shape},
    {"inbox/{orgId}", "rules_changed", &RulesChanged_shape},
    {"person/{userId}", "person_state", &UiStateNews_shape},
    {"usage/{orgId}", "usage_updated", &UsageNews_shape},
    {"eyes/{orgId}", "eye_changed", &Eye_shape},
    {"eyes/{orgId}", "eye_removed", &EyeGoneNews_shape},
    {"eyes/{orgId}", "recording_changed", &EyeRecording_shape},
    {"eyes/{orgId}", "recording_removed", &RecordingGoneNews_shape},
    {"workspace/{workspaceId}", "workspace_updated", &WorkspaceChange_shape},
    {"workspace/{workspaceId}", "checkpoint_added", &Checkpoint_shape},
    {"workspace/{workspaceId}", "git_status", &WorktreeStatus_shape},
};

enum { EVENTS_MAX = AgentEventKind_n * 2 + COUNT_OF(app_events) + 1 };

/* An agent's events, and those that its workspace's stream also shows. The raw state is never stored. */
static size_t add_agent_events(GenEvent *out) {
    size_t n = 0;
    for (int i = 0; i < AgentEventKind_n; i++)
        if (i != EV_KIND_STATE) out[n++] = (GenEvent){"agent/{agentId}", agent_events[i].word, agent_events[i].shape};
    for (int i = 0; i < AgentEventKind_n; i++)
        if (agent_events[i].on_parent)
            out[n++] = (GenEvent){"workspace/{workspaceId}", agent_events[i].word, agent_events[i].shape};
    return n;
}

GenTables gen_tables(Arena *a) {
    GenEvent *events = arena_array(a, EVENTS_MAX, sizeof *events);
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(app_events); i++) events[n++] = app_events[i];
    add_agent_events(events + n);
    return (GenTables){features_ops(), events, MUSTER_VERSION, CONFIG_PORT};
}
