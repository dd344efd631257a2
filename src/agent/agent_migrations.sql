-- migration: 2026-11-21T10:50 agent_tables
CREATE TABLE agent (
    id TEXT PRIMARY KEY,
    worktree_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT NOT NULL,
    status_source TEXT NOT NULL,
    status_since INTEGER,
    status_detail TEXT,
    status_state TEXT,
    context_level INTEGER NOT NULL DEFAULT 0,
    mode TEXT NOT NULL,
    permissions TEXT NOT NULL,
    display_order INTEGER NOT NULL DEFAULT 0,
    adapter TEXT NOT NULL,
    command TEXT,
    model TEXT,
    limits TEXT,
    is_demo INTEGER,
    session_id TEXT,
    is_resumable INTEGER NOT NULL DEFAULT 0,
    was_retried INTEGER NOT NULL DEFAULT 0,
    launch_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    stopped_at INTEGER,
    deleted_at INTEGER,
    parent_agent_id TEXT REFERENCES agent(id) ON DELETE SET NULL
) STRICT;
CREATE INDEX agent_worktree ON agent(worktree_id, display_order);

CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL REFERENCES agent(id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    token_count INTEGER,
    tool_id TEXT,
    tool_name TEXT,
    tool_input TEXT,
    tool_output TEXT,
    is_complete INTEGER NOT NULL,
    state TEXT,
    launch_id TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_agent ON message(agent_id, number);
CREATE INDEX message_waiting ON message(agent_id, number) WHERE state = 'queued';
CREATE INDEX message_tool ON message(agent_id, tool_id) WHERE tool_id IS NOT NULL;

-- migration: 2026-11-21T17:05 agent_went_with_worktree
ALTER TABLE agent ADD COLUMN went_with_worktree INTEGER NOT NULL DEFAULT 0;

-- migration: 2026-11-21T19:20 message_truncated
ALTER TABLE message ADD COLUMN truncated INTEGER;

-- migration: 2026-11-21T22:10 agent_indexes
CREATE INDEX agent_by_workspace ON agent(workspace_id, name, deleted_at);
CREATE INDEX message_by_launch ON message(agent_id, launch_id, number) WHERE launch_id IS NOT NULL;

-- migration: 2026-11-22T10:05 agent_has_a_conversation
ALTER TABLE agent DROP COLUMN status;
ALTER TABLE agent DROP COLUMN status_reason;
ALTER TABLE agent DROP COLUMN status_source;
ALTER TABLE agent DROP COLUMN status_since;
ALTER TABLE agent DROP COLUMN status_detail;
ALTER TABLE agent DROP COLUMN status_state;
ALTER TABLE agent DROP COLUMN context_level;
ALTER TABLE agent DROP COLUMN session_id;
ALTER TABLE agent DROP COLUMN is_resumable;
ALTER TABLE agent DROP COLUMN launch_id;
ALTER TABLE agent DROP COLUMN started_at;
ALTER TABLE agent DROP COLUMN stopped_at;
UPDATE launch SET adapter = (SELECT adapter FROM agent WHERE agent.id = launch.owner_id) WHERE owner_kind = 'agent';
CREATE INDEX agent_by_parent ON agent(parent_agent_id);

-- migration: 2026-11-22T12:10 agent_listed_indexes
-- In the order of lists: living ones before archived ones.
DROP INDEX agent_worktree;
CREATE INDEX agent_listed ON agent(deleted_at IS NOT NULL, worktree_id, display_order, id);
CREATE INDEX agent_of_worktree ON agent(worktree_id, deleted_at IS NOT NULL, display_order, id);

-- migration: 2026-11-22T14:01 agent_archived_index
CREATE INDEX agent_archived ON agent(deleted_at) WHERE deleted_at IS NOT NULL;

-- migration: 2026-11-22T20:33 agent_overview_index
CREATE INDEX agent_overview ON agent(workspace_id, worktree_id, display_order, id) WHERE deleted_at IS NULL;

-- migration: 2026-11-22T20:34 launch_profiles
-- An agent has its own copy: a change of the profile applies to agents that are created later.
ALTER TABLE agent ADD COLUMN effort TEXT;
ALTER TABLE agent ADD COLUMN profile_id TEXT;
ALTER TABLE agent ADD COLUMN environment TEXT;
CREATE TABLE launch_profile (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    adapter TEXT NOT NULL,
    command TEXT,
    model TEXT,
    effort TEXT,
    mode TEXT,
    permissions TEXT,
    limits TEXT,
    environment TEXT,               -- in plain text, as a person wrote it
    display_order INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX launch_profile_name ON launch_profile(workspace_id, name);
CREATE INDEX launch_profile_listed ON launch_profile(workspace_id, display_order, id);
DROP INDEX agent_archived;
CREATE INDEX agent_archived ON agent(deleted_at, id) WHERE deleted_at IS NOT NULL;

-- migration: 2026-11-22T23:40 agent_archived_of_workspace
CREATE INDEX agent_archived_of_workspace ON agent(workspace_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

-- migration: 2026-11-23T10:00 agent_options
-- Changes of options that a running CLI has not answered yet.
CREATE TABLE agent_option (
    agent_id TEXT NOT NULL REFERENCES agent(id) ON DELETE CASCADE,
    launch_id TEXT NOT NULL,
    input INTEGER NOT NULL,         -- of the launch
    option TEXT NOT NULL,
    was TEXT,                       -- what the CLI has until then, as its column; NULL: the CLI's default
    PRIMARY KEY (launch_id, input)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_option_of ON agent_option(agent_id);
