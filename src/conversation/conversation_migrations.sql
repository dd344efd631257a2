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

-- migration: 2026-11-22T17:30 turns
ALTER TABLE message ADD COLUMN tool_kind TEXT;
CREATE TABLE turn (
    conversation INTEGER NOT NULL REFERENCES conversation(number) ON DELETE CASCADE,
    idx INTEGER NOT NULL,           -- dense in its conversation
    step TEXT NOT NULL,             -- '' where there are no steps
    message_id TEXT,                -- its prompt; NULL: the CLI began it by itself
    started_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    duration_ms INTEGER,
    files_changed INTEGER NOT NULL DEFAULT 0,
    tool_calls INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    tokens INTEGER,
    PRIMARY KEY (conversation, idx)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX turn_running ON turn(conversation, step) WHERE outcome = 'running';
CREATE INDEX turn_by_message ON turn(conversation, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX turn_by_start ON turn(conversation, started_at, idx);
CREATE INDEX turn_by_age ON turn(started_at);
CREATE TABLE turn_file (            -- that its tool calls changed
    conversation INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (conversation, turn, path),
    FOREIGN KEY (conversation, turn) REFERENCES turn(conversation, idx) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Turns of older conversations, as far as their events tell: each prompt that was sent began one, and what followed is
-- its own until the next. What a CLI began by itself stays with the turn before it.
CREATE TABLE turn_span (conversation INTEGER, idx INTEGER, message_id TEXT, at INTEGER, first INTEGER, last INTEGER);
INSERT INTO turn_span
SELECT c.number, row_number() OVER w - 1, e.payload ->> 'messageId', e.at, e.id, lead(e.id, 1, (s.number + 1) << 40) OVER w - 1
FROM conversation c
CROSS JOIN stream s ON s.topic = c.subject_kind || '/' || c.subject_id
CROSS JOIN event e ON e.id >= s.number << 40 AND e.id < (s.number + 1) << 40
WHERE +e.kind = (SELECT number FROM event_word WHERE text = 'message') AND e.payload ->> 'state' = 'sent'
WINDOW w AS (PARTITION BY c.number ORDER BY e.id);
CREATE INDEX turn_span_of ON turn_span(conversation, idx);

-- The outcome is that of the last end; without one it follows from the last status, and of the newest turn it may be open.
INSERT INTO turn (conversation, idx, step, message_id, started_at, outcome, duration_ms, tool_calls, cost_micros, tokens)
SELECT conversation, idx, '', message_id, at,
       CASE WHEN outcome IS NOT NULL THEN outcome
            WHEN reason IN ('stopped', 'interrupted') THEN 'interrupted'
            WHEN reason IN ('api', 'exit', 'disk_full', 'missing_cli', 'limit') THEN 'error'
            WHEN is_open THEN 'running'
            ELSE 'unknown' END,
       duration_ms, tool_calls, cost_micros, tokens
FROM (SELECT t.conversation, t.idx, t.message_id, t.at, count(*) FILTER (WHERE w.text = 'tool_start') AS tool_calls,
             substr(max(printf('%019d', e.id) || (e.payload ->> 'outcome')) FILTER (WHERE w.text = 'turn_end'), 20) AS outcome,
             CAST(substr(max(printf('%019d', e.id) || coalesce(e.payload ->> 'durationMs', (e.at - t.at) / 1000))
                         FILTER (WHERE w.text = 'turn_end'), 20) AS INTEGER) AS duration_ms,
             substr(max(printf('%019d', e.id) || (e.payload ->> 'reason')) FILTER (WHERE w.text = 'status'), 20) AS reason,
             sum(e.payload ->> 'costMicros') FILTER (WHERE w.text = 'usage') AS cost_micros,
             sum((e.payload ->> 'input') + (e.payload ->> 'output') + (e.payload ->> 'cacheRead') + (e.payload ->> 'cacheCreation'))
                 FILTER (WHERE w.text = 'usage') AS tokens,
             t.idx = (SELECT max(idx) FROM turn_span n WHERE n.conversation = t.conversation)
                 AND EXISTS (SELECT 1 FROM conversation c JOIN launch l ON l.id = c.launch_id
                             WHERE c.number = t.conversation AND c.status_state ->> '$.turnOpen' = 1 AND l.ended_at IS NULL) AS is_open
      FROM turn_span t
      CROSS JOIN event e ON e.id >= t.first AND e.id <= t.last
      CROSS JOIN event_word w ON w.number = e.kind
      GROUP BY t.conversation, t.idx);

-- The limit and the signs keep the query planner to the ranges of events: it would index all events by kind instead.
UPDATE message SET tool_kind = k.kind
FROM (SELECT t.conversation, e.payload ->> 'toolId' AS tool_id, e.payload ->> 'kind' AS kind
      FROM turn_span t
      CROSS JOIN event e ON e.id >= t.first AND e.id <= t.last
      WHERE +e.kind = (SELECT number FROM event_word WHERE text = 'tool_start') LIMIT -1) k
WHERE message.conversation = k.conversation AND message.tool_id = k.tool_id;
INSERT INTO turn_file (conversation, turn, path)
SELECT DISTINCT t.conversation, t.idx, coalesce(e.payload ->> 'path', m.content)
FROM turn_span t
CROSS JOIN event e ON e.id >= t.first AND e.id <= t.last
CROSS JOIN message m ON m.conversation = t.conversation AND m.tool_id = e.payload ->> 'toolId'
WHERE +e.kind = (SELECT number FROM event_word WHERE text = 'tool_end') AND NOT e.payload ->> 'isError'
  AND m.tool_kind = 'edit' AND coalesce(e.payload ->> 'path', m.content) <> '';
UPDATE turn SET files_changed = (SELECT count(*) FROM turn_file f WHERE f.conversation = turn.conversation AND f.turn = turn.idx);
DROP TABLE turn_span;

-- migration: 2026-11-22T20:31 conversation_sums
ALTER TABLE conversation ADD COLUMN last_line TEXT;
ALTER TABLE conversation ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;
UPDATE conversation
SET tokens = coalesce((SELECT sum(tokens) FROM turn WHERE turn.conversation = conversation.number), 0),
    cost_micros = coalesce((SELECT sum(cost_micros) FROM turn WHERE turn.conversation = conversation.number), 0);

-- migration: 2026-11-23T03:10 open_texts
-- Blocks of text that stream: their deltas are stored, their final text has not come.
CREATE TABLE open_text (
    conversation INTEGER NOT NULL REFERENCES conversation(number) ON DELETE CASCADE,
    block TEXT NOT NULL,
    parent TEXT,
    seq INTEGER NOT NULL,           -- of the event of its first delta
    log_offset INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    at INTEGER NOT NULL,
    message_id TEXT,                -- its incomplete message, in case its final text comes after all
    PRIMARY KEY (conversation, block)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_text_by_seq ON open_text(conversation, seq) WHERE message_id IS NULL;

-- migration: 2026-11-23T03:11 fork_conversations
-- Whose session it forks: the id alone may be another subject's too.
ALTER TABLE conversation ADD COLUMN fork_conversation INTEGER;
UPDATE conversation SET fork_conversation = (SELECT min(s.conversation) FROM session s WHERE s.id = fork_session_id)
WHERE fork_session_id IS NOT NULL;

-- migration: 2026-11-23T07:30 message_unanswered
CREATE INDEX message_unanswered ON message(conversation, number) WHERE state = 'unanswered';

-- migration: 2026-11-23T10:00 prompt_queue
ALTER TABLE message ADD COLUMN rank INTEGER;    -- its place in the queue, if a person gave it one; else its number
DROP INDEX message_waiting;
CREATE INDEX message_waiting ON message(conversation, coalesce(rank, number)) WHERE state = 'queued';
CREATE TABLE conversation_commands (
    conversation INTEGER NOT NULL REFERENCES conversation(number) ON DELETE CASCADE,
    commands TEXT NOT NULL,         -- EvCommands as JSON: as the CLI listed them last
    listed_at INTEGER NOT NULL,
    PRIMARY KEY (conversation)
) STRICT, WITHOUT ROWID;

-- migration: 2026-11-23T10:10 message_figures
ALTER TABLE message ADD COLUMN is_error INTEGER;
ALTER TABLE message ADD COLUMN added INTEGER;
ALTER TABLE message ADD COLUMN removed INTEGER;
ALTER TABLE message ADD COLUMN exit_code INTEGER;
ALTER TABLE message ADD COLUMN duration_ms INTEGER;
-- Which calls failed is known of older ones too. The limit and the sign keep the query planner to the ranges of events.
UPDATE message SET is_error = 1
FROM (SELECT c.number AS conversation, e.payload ->> 'toolId' AS tool_id
      FROM conversation c
      CROSS JOIN stream s ON s.topic = c.subject_kind || '/' || c.subject_id
      CROSS JOIN event e ON e.id >= s.number << 40 AND e.id < (s.number + 1) << 40
      WHERE +e.kind = (SELECT number FROM event_word WHERE text = 'tool_end') AND e.payload ->> 'isError' LIMIT -1) f
WHERE message.conversation = f.conversation AND message.tool_id = f.tool_id;

-- migration: 2026-11-23T10:40 message_attachments
CREATE TABLE message_attachment (
    message INTEGER NOT NULL REFERENCES message(number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    attachment TEXT NOT NULL REFERENCES attachment(id),
    PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_attachment_by_attachment ON message_attachment(attachment);
CREATE TRIGGER message_attachment_added AFTER INSERT ON message_attachment
BEGIN
    UPDATE attachment SET n_uses = n_uses + 1 WHERE id = new.attachment;
END;
CREATE TRIGGER message_attachment_removed AFTER DELETE ON message_attachment
BEGIN
    UPDATE attachment SET n_uses = n_uses - 1 WHERE id = old.attachment;
END;

-- migration: 2026-11-23T20:50 turn_ended_at
ALTER TABLE turn ADD COLUMN ended_at INTEGER;
-- Of those before it is as good as what the CLI said of their length.
UPDATE turn SET ended_at = started_at + duration_ms * 1000 WHERE outcome <> 'running' AND duration_ms IS NOT NULL;

-- migration: 2026-11-24T04:00 message_doubtful
CREATE INDEX message_doubtful ON message(number) WHERE state = 'delivery_unknown';

-- migration: 2026-11-24T20:30 conversation_retry_at
ALTER TABLE conversation ADD COLUMN retry_at INTEGER;

-- migration: 2026-11-25T02:15 conversation_held
UPDATE conversation SET status_state = json_remove(status_state, '$.isSuspended') WHERE status_state IS NOT NULL;
UPDATE conversation SET status_state = json_set(status_state, '$.held', status_reason)
WHERE status_state IS NOT NULL AND status_reason IN ('held', 'no_room', 'suspended');
