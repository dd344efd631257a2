-- migration: 2026-11-22T10:04 conversations
CREATE TABLE conversation (
    number INTEGER PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT NOT NULL,
    status_source TEXT NOT NULL,
    status_since INTEGER,
    status_detail TEXT,
    status_state TEXT,
    context_level INTEGER NOT NULL DEFAULT 0,
    context_assumed INTEGER NOT NULL DEFAULT 0,
    session_id TEXT,
    is_resumable INTEGER NOT NULL DEFAULT 0,
    launch_id TEXT,
    started_at INTEGER,
    stopped_at INTEGER,
    head_branch INTEGER NOT NULL DEFAULT 1,
    next_index INTEGER NOT NULL DEFAULT 0,  -- of the head branch
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (subject_kind, subject_id)
) STRICT;
-- A session that was begun can be gone on with, also where it ended during its first answer.
INSERT INTO conversation (subject_kind, subject_id, status, status_reason, status_source, status_since, status_detail, status_state,
                          context_level, session_id, is_resumable, launch_id, started_at, stopped_at, created_at, updated_at)
SELECT 'agent', id, status, status_reason, status_source, status_since, status_detail, status_state, context_level, session_id,
       is_resumable OR (session_id IS NOT NULL AND EXISTS (
           SELECT 1 FROM stream s JOIN event e ON e.id >= s.number << 40 AND e.id < (s.number + 1) << 40
           WHERE s.topic = 'agent/' || agent.id AND e.kind = (SELECT number FROM event_word WHERE text = 'session'))),
       launch_id, started_at, stopped_at, created_at, updated_at
FROM agent ORDER BY created_at, id;

-- A branch begins behind an index of its parent; what stands there and before is its parent's. Branch 1 has none.
CREATE TABLE branch (
    conversation INTEGER NOT NULL REFERENCES conversation(number) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    parent INTEGER,
    behind INTEGER,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_next (
    number INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(number) ON DELETE CASCADE,
    id TEXT NOT NULL,
    branch INTEGER NOT NULL DEFAULT 1,
    idx INTEGER,                    -- dense in its branch; NULL: queued, or of a subagent
    parent TEXT,                    -- the subagent's tool call; NULL: the main thread
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    truncated INTEGER,
    token_count INTEGER,
    tool_id TEXT,
    tool_name TEXT,
    tool_input TEXT,
    tool_output TEXT,
    is_complete INTEGER NOT NULL,
    state TEXT,
    launch_id TEXT,                 -- it was handed to, or derived from
    log_offset INTEGER,
    log_index INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (conversation, id)
) STRICT;
INSERT INTO message_next (number, conversation, id, idx, role, content, truncated, token_count, tool_id, tool_name, tool_input, tool_output,
                          is_complete, state, launch_id, created_at)
SELECT m.number, c.number, m.id,
       iif(m.state = 'queued', NULL,
           row_number() OVER (PARTITION BY m.agent_id, m.state IS 'queued' ORDER BY m.number) - 1),
       m.role, m.content, m.truncated, m.token_count, m.tool_id, m.tool_name, m.tool_input, m.tool_output, m.is_complete, m.state,
       m.launch_id, m.created_at
FROM message m JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = m.agent_id;
DROP TABLE message;
ALTER TABLE message_next RENAME TO message;
CREATE UNIQUE INDEX message_by_index ON message(conversation, branch, idx) WHERE idx IS NOT NULL;
CREATE INDEX message_waiting ON message(conversation, number) WHERE state = 'queued';
CREATE INDEX message_tool ON message(conversation, tool_id) WHERE tool_id IS NOT NULL;
CREATE INDEX message_by_launch ON message(conversation, launch_id, number) WHERE state IS NOT NULL;
UPDATE conversation
SET next_index = coalesce((SELECT max(idx) + 1 FROM message WHERE message.conversation = conversation.number AND branch = 1), 0);
INSERT INTO branch (conversation, number) SELECT number, 1 FROM conversation;

-- The windows of models, as CLIs reported them last.
CREATE TABLE model_window (
    model TEXT PRIMARY KEY,
    tokens INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- migration: 2026-11-22T14:00 message_by_time
CREATE INDEX message_by_time ON message(created_at) WHERE state IS NOT 'queued' AND state IS NOT 'unanswered';

-- migration: 2026-11-22T17:00 sessions
-- Every session that the CLI confirmed. Its launch's state is what a resume or a fork of it begins with.
CREATE TABLE session (
    conversation INTEGER NOT NULL REFERENCES conversation(number) ON DELETE CASCADE,
    id TEXT NOT NULL,
    parent_session_id TEXT,
    is_resumable INTEGER NOT NULL DEFAULT 0,
    context_level INTEGER NOT NULL DEFAULT 0,
    launch_id TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (conversation, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_id ON session(id);
CREATE INDEX session_by_start ON session(conversation, started_at);
INSERT INTO session (conversation, id, is_resumable, context_level, launch_id, started_at, ended_at)
SELECT number, session_id, 1, context_level, launch_id, coalesce(started_at, created_at), stopped_at
FROM conversation WHERE session_id IS NOT NULL AND is_resumable;
-- What the first start forks; NULL once the CLI has confirmed the fork.
ALTER TABLE conversation ADD COLUMN fork_session_id TEXT;

-- migration: 2026-11-22T17:10 message_place
-- A subagent's messages stand at the index of the message of the main thread before them.
ALTER TABLE message ADD COLUMN behind INTEGER;
ALTER TABLE message ADD COLUMN place INTEGER GENERATED ALWAYS AS (coalesce(idx, behind)) VIRTUAL;
UPDATE message SET behind = coalesce(w.before, -1)
FROM (SELECT number, parent, max(iif(role <> 'user', idx, NULL)) OVER (PARTITION BY conversation ORDER BY number) AS before FROM message) w
WHERE w.number = message.number AND w.parent IS NOT NULL;
CREATE INDEX message_by_place ON message(conversation, branch, place, number) WHERE place IS NOT NULL;
-- What the CLI said is in order of time; prompts are dated when they are written.
CREATE INDEX message_said ON message(conversation, branch, created_at, place, number) WHERE role <> 'user' AND place IS NOT NULL;
