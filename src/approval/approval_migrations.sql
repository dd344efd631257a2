-- migration: 2026-11-21T10:40 ask_table
CREATE TABLE ask (
    id TEXT PRIMARY KEY,
    agent_id TEXT NOT NULL,
    worktree_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    launch_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    tool TEXT NOT NULL,
    title TEXT,
    reason TEXT,
    tool_id TEXT,
    plan TEXT,
    input TEXT,
    suggestions TEXT,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT,
    message TEXT,
    answered_by TEXT,
    created_at INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX ask_by_state ON ask(state, created_at);
CREATE INDEX ask_by_agent ON ask(agent_id, created_at);

-- migration: 2026-11-21T18:40 ask_input_cut
ALTER TABLE ask ADD COLUMN input_cut TEXT;
ALTER TABLE ask ADD COLUMN size INTEGER;
UPDATE ask SET input_cut = '{}', size = length(CAST(input AS BLOB)) WHERE length(CAST(input AS BLOB)) > 32768;
CREATE INDEX ask_settled ON ask(answered_at) WHERE state <> 'open';
CREATE INDEX ask_settled_input ON ask(answered_at) WHERE state <> 'open' AND input IS NOT NULL;

-- migration: 2026-11-21T22:12 ask_listed_index
CREATE INDEX ask_listed ON ask(created_at, id, state, agent_id);

-- migration: 2026-11-22T10:02 ask_subject
CREATE TABLE ask_next (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    worktree_id TEXT,               -- of an agent's ask alone, as the next two
    workspace_id TEXT,
    launch_id TEXT,
    request_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    tool TEXT NOT NULL,
    title TEXT,
    reason TEXT,
    tool_id TEXT,
    plan TEXT,
    input TEXT,
    input_cut TEXT,
    size INTEGER,
    suggestions TEXT,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    decision TEXT,
    message TEXT,
    answered_by TEXT,               -- the principal
    created_at INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
INSERT INTO ask_next
SELECT id, 'org_00000000000000000000000000', 'agent', agent_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title,
       reason, tool_id, plan, input, input_cut, size, suggestions, digest, state, decision, message,
       iif(answered_by IS NULL, NULL, 'usr_00000000000000000000000000'), created_at, answered_at
FROM ask;
DROP TABLE ask;
ALTER TABLE ask_next RENAME TO ask;
CREATE INDEX ask_by_state ON ask(org_id, state, created_at, id);
CREATE INDEX ask_by_time ON ask(org_id, created_at, id);
CREATE INDEX ask_by_subject ON ask(subject_kind, subject_id, created_at, id);
CREATE INDEX ask_settled ON ask(answered_at) WHERE state <> 'open';
CREATE INDEX ask_settled_input ON ask(answered_at) WHERE state <> 'open' AND input IS NOT NULL;

-- migration: 2026-11-22T20:32 ask_open_of_subject
CREATE INDEX ask_open_of ON ask(subject_kind, subject_id, created_at, id) WHERE state = 'open';

-- migration: 2026-11-22T23:50 ask_decision_only
ALTER TABLE ask ADD COLUMN decision_only INTEGER; -- 1: no message goes with the answer, and the arguments cannot be changed

-- migration: 2026-11-23T08:20 ask_rule
CREATE TABLE rule (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL,
    position INTEGER NOT NULL,      -- the first match decides
    decision TEXT NOT NULL,
    tool TEXT,                      -- patterns; NULL: any
    path TEXT,
    command TEXT,
    workspace_id TEXT,              -- where it holds; NULL: everywhere
    worktree_id TEXT,
    agent_id TEXT,
    note TEXT,
    enabled INTEGER NOT NULL,
    created_by TEXT NOT NULL,       -- the principal
    matched INTEGER NOT NULL DEFAULT 0,
    last_matched_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rule_by_position ON rule(org_id, position, id);
CREATE INDEX rule_by_agent ON rule(agent_id) WHERE agent_id IS NOT NULL;
ALTER TABLE ask ADD COLUMN facts TEXT;          -- what rules compare, as JSON; NULL: from before there were rules
ALTER TABLE ask ADD COLUMN decided_by TEXT;     -- person or rule
ALTER TABLE ask ADD COLUMN rule_id TEXT;        -- the rule that decided it, or left it to a person
ALTER TABLE ask ADD COLUMN rule TEXT;           -- the same as text, as it was then
ALTER TABLE ask ADD COLUMN remembered_id TEXT;  -- the rule that its answer created
UPDATE ask SET decided_by = 'person' WHERE answered_by IS NOT NULL;

-- migration: 2026-11-23T10:30 rule_by_agent_unused
DROP INDEX rule_by_agent;
