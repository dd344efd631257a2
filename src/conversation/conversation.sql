-- name: conversation_by_subject
SELECT number, subject_kind, subject_id, status, status_reason, status_source, status_since, status_detail, status_state, context_level,
       context_assumed, session_id, is_resumable, fork_session_id, launch_id, started_at, stopped_at, head_branch, next_index, created_at
FROM conversation WHERE subject_kind = ?1 AND subject_id = ?2;

-- name: conversation_insert
INSERT INTO conversation (subject_kind, subject_id, status, status_reason, status_source, status_since, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6) RETURNING number;

-- name: conversation_remove
DELETE FROM conversation WHERE subject_kind = ?1 AND subject_id = ?2;

-- name: message_erase_some
DELETE FROM message WHERE number IN (
    SELECT m.number FROM conversation c JOIN message m ON m.conversation = c.number
    WHERE c.subject_kind = ?1 AND c.subject_id = ?2 LIMIT 1);

-- name: message_expire
DELETE FROM message WHERE number = (
    SELECT number FROM message WHERE created_at < ?1 AND state IS NOT 'queued' AND state IS NOT 'unanswered'
    ORDER BY created_at LIMIT 1);

-- name: message_count
SELECT count(*) FROM conversation c JOIN message m ON m.conversation = c.number
WHERE c.subject_kind = ?1 AND c.subject_id = ?2;

-- name: conversation_set_status
UPDATE conversation SET status = ?2, status_reason = ?3, status_source = ?4, status_since = ?5, status_detail = ?6, status_state = ?7,
                        retry_at = ?8, updated_at = ?9
WHERE number = ?1;

-- name: conversation_set_session
UPDATE conversation SET session_id = ?2, is_resumable = is_resumable OR ?3 WHERE number = ?1;

-- name: conversation_forget_session
UPDATE conversation SET is_resumable = 0 WHERE number = ?1;

-- name: conversation_set_context
UPDATE conversation SET context_level = ?2, context_assumed = ?3 WHERE number = ?1;

-- name: conversation_set_launched
UPDATE conversation SET launch_id = ?2, session_id = ?3, is_resumable = ?4, started_at = ?5, stopped_at = NULL, updated_at = ?5,
    context_level = coalesce((SELECT context_level FROM session WHERE conversation = ?1 AND id = ?3), context_level)
WHERE number = ?1;

-- name: conversation_set_last_line
UPDATE conversation SET last_line = ?2 WHERE number = ?1 AND last_line IS NOT ?2;

-- name: conversation_count_usage
UPDATE conversation SET tokens = tokens + ?2, cost_micros = cost_micros + ?3 WHERE number = ?1;

-- name: conversation_set_stopped
UPDATE conversation SET stopped_at = ?2 WHERE number = ?1;

-- name: conversation_next_index
UPDATE conversation SET next_index = next_index + 1 WHERE number = ?1 RETURNING next_index - 1;

-- name: conversation_give_index_back
UPDATE conversation SET next_index = ?2 WHERE number = ?1 AND next_index = ?2 + 1;

-- name: conversation_set_fork
-- Of ?4, or of the one that ?4 forks itself.
UPDATE conversation SET fork_session_id = ?2, context_assumed = ?3,
    fork_conversation = coalesce((SELECT conversation FROM session WHERE conversation = ?4 AND id = ?2), (SELECT fork_conversation FROM conversation WHERE number = ?4)),
    context_level = coalesce((SELECT context_level FROM session WHERE conversation = ?4 AND id = ?2), (SELECT context_level FROM conversation WHERE number = ?4), 0)
WHERE number = ?1;

-- name: conversation_forked
UPDATE conversation SET fork_session_id = NULL WHERE number = ?1 AND fork_session_id IS NOT NULL;

-- name: session_last_state
-- Of the subject ?2 ?3 itself; else of the one whose session it forks.
SELECT l.owner_state
FROM conversation c CROSS JOIN session s ON s.conversation IN (c.number, c.fork_conversation) AND s.id = ?1
CROSS JOIN launch l ON l.id = s.launch_id
WHERE c.subject_kind = ?2 AND c.subject_id = ?3 AND coalesce(l.adapter, ?4) = ?4 AND l.owner_state IS NOT NULL
ORDER BY s.conversation <> c.number LIMIT 1;

-- name: session_seen
INSERT INTO session (conversation, id, parent_session_id, is_resumable, context_level, launch_id, started_at)
SELECT number, ?2, fork_session_id, ?3, iif(fork_session_id IS NULL, 0, context_level), ?4, ?5 FROM conversation WHERE number = ?1
ON CONFLICT DO UPDATE SET is_resumable = is_resumable OR excluded.is_resumable, launch_id = excluded.launch_id, ended_at = NULL;

-- name: session_end_others
UPDATE session SET ended_at = ?3 WHERE conversation = ?1 AND id <> ?2 AND ended_at IS NULL;

-- name: session_set_context
UPDATE session SET context_level = ?3 WHERE conversation = ?1 AND id = ?2;

-- name: session_forget
UPDATE session SET is_resumable = 0 WHERE conversation = ?1 AND id = ?2;

-- name: session_fall_back
UPDATE conversation
SET (session_id, is_resumable, context_level) = (
    SELECT id, 1, context_level FROM session WHERE conversation = ?1 AND is_resumable ORDER BY started_at DESC LIMIT 1)
WHERE number = ?1 AND EXISTS (
    SELECT 1 FROM session WHERE conversation = ?1 AND is_resumable
    AND started_at > (SELECT started_at FROM session WHERE conversation = ?1 AND id = ?2));

-- name: session_list
SELECT s.id, parent_session_id, s.id IS c.session_id AS is_current, s.is_resumable, s.context_level, s.launch_id, s.started_at, s.ended_at
FROM session s JOIN conversation c ON c.number = s.conversation
WHERE s.conversation = ?1 ORDER BY s.started_at DESC LIMIT ?2;

-- name: session_by_id
SELECT s.id, parent_session_id, s.id IS c.session_id AS is_current, s.is_resumable, s.context_level, s.launch_id, s.started_at, s.ended_at
FROM session s JOIN conversation c ON c.number = s.conversation
WHERE s.conversation = ?1 AND s.id = ?2;

-- name: session_at
SELECT s.id, parent_session_id, s.id IS c.session_id AS is_current, s.is_resumable, s.context_level, s.launch_id, s.started_at, s.ended_at
FROM session s JOIN conversation c ON c.number = s.conversation
WHERE s.conversation = ?1 AND s.started_at <= ?2 AND s.is_resumable ORDER BY s.started_at DESC LIMIT 1;

-- name: model_window_set
INSERT INTO model_window (model, tokens, seen_at) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET tokens = excluded.tokens, seen_at = excluded.seen_at;

-- name: model_window_drop_old
DELETE FROM model_window WHERE seen_at <= (SELECT seen_at FROM model_window ORDER BY seen_at DESC LIMIT 1 OFFSET ?1);

-- name: model_windows
SELECT model, tokens FROM (SELECT model, tokens, seen_at FROM model_window ORDER BY seen_at DESC LIMIT ?1) ORDER BY seen_at;

-- name: branch_add
INSERT INTO branch (conversation, number) VALUES (?1, 1);

-- name: branch_parent
SELECT parent, behind FROM branch WHERE conversation = ?1 AND number = ?2 AND parent IS NOT NULL;

-- name: message_insert
INSERT INTO message (conversation, id, branch, idx, parent, behind, role, content, truncated, tool_id, tool_name, tool_input, tool_output,
                     is_complete, state, launch_id, log_offset, log_index, created_at, tool_kind, is_error)
VALUES (?1, ?2, ?3, ?4, ?5, iif(?5 IS NULL, NULL, (SELECT next_index - 1 FROM conversation WHERE number = ?1)),
        ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20);

-- name: message_set_tool_input
UPDATE message SET content = ?3, tool_input = ?4 WHERE conversation = ?1 AND tool_id = ?2 AND is_complete = 0;

-- name: message_end_tool
UPDATE message SET tool_output = ?3, is_complete = 1, is_error = ?4, added = ?5, removed = ?6, exit_code = ?7, duration_ms = ?8
WHERE conversation = ?1 AND tool_id = ?2;

-- name: message_changing_tool
-- A call that may change files: by its kind, whatever became of it.
SELECT id, tool_name FROM message
WHERE conversation = ?1 AND tool_id = ?2 AND tool_kind NOT IN ('read', 'search', 'fetch', 'plan', 'ask');

-- name: message_next_queued
SELECT id, role, content, created_at, is_complete, state, launch_id
FROM message WHERE conversation = ?1 AND state = 'queued' ORDER BY coalesce(rank, number) LIMIT 1;

-- name: message_waiting
-- Its order: a person may have given them each other's places.
SELECT id, coalesce(rank, number) FROM message WHERE conversation = ?1 AND state = 'queued' AND launch_id IS NULL
ORDER BY coalesce(rank, number) LIMIT ?2;

-- name: message_queue_last
-- The numbers of withdrawn messages are given again, so a new number may be before a place that is taken, or the same.
UPDATE message SET rank = nullif(max(number,
    1 + coalesce((SELECT max(coalesce(q.rank, q.number)) FROM message q WHERE q.conversation = ?1 AND q.state = 'queued' AND q.id <> ?2), 0),
    1 + coalesce((SELECT max(coalesce(u.rank, u.number)) FROM message u WHERE u.conversation = ?1 AND u.state = 'unanswered'), 0)), number)
WHERE conversation = ?1 AND id = ?2;

-- name: message_set_rank
UPDATE message SET rank = ?3 WHERE conversation = ?1 AND id = ?2;

-- name: message_edit
UPDATE message SET content = ?3 WHERE conversation = ?1 AND id = ?2 AND state = 'queued' AND launch_id IS NULL;

-- name: message_count_handed
SELECT count(*) FROM message WHERE conversation = ?1 AND state = 'queued' AND launch_id IS NOT NULL;

-- name: message_count_unanswered
SELECT count(*) FROM message WHERE conversation = ?1 AND state = 'unanswered';

-- name: message_unanswered_same
SELECT id, number FROM message WHERE conversation = ?1 AND state = 'unanswered' AND content = ?2 ORDER BY number DESC;

-- name: message_hand
UPDATE message SET launch_id = ?3 WHERE conversation = ?1 AND id = ?2;

-- name: message_set_state
UPDATE message SET state = ?4 WHERE conversation = ?1 AND id = ?2 AND state = ?3;

-- name: message_index
SELECT idx FROM message WHERE conversation = ?1 AND id = ?2;

-- name: message_set_index
UPDATE message SET branch = ?3, idx = ?4 WHERE conversation = ?1 AND id = ?2 AND idx IS NULL;

-- name: message_clear_index
UPDATE message SET idx = NULL WHERE conversation = ?1 AND id = ?2;

-- name: message_take_back
UPDATE message SET launch_id = NULL WHERE conversation = ?1 AND state = 'queued';

-- name: message_by_id
SELECT m.id, iif(c.subject_kind = 'agent', c.subject_id, NULL) AS agent_id, m.idx AS "index", m.parent, m.role, m.content, m.truncated, m.token_count,
       m.tool_name, m.tool_input, m.tool_output, m.is_error, m.added, m.removed, m.exit_code, m.duration_ms, m.created_at, m.is_complete, m.state, m.launch_id,
       (SELECT nullif(json_group_array(json_object('id', id, 'name', name, 'mediaType', media_type, 'size', size, 'width', width, 'height', height)), '[]')
        FROM (SELECT a.id, a.name, f.media_type, f.size, f.width, f.height
              FROM message_attachment r JOIN attachment a ON a.id = r.attachment JOIN attachment_file f ON f.digest = a.digest
              WHERE r.message = m.number ORDER BY r.position)) AS attachments
FROM message m JOIN conversation c ON c.number = m.conversation WHERE m.conversation = ?1 AND m.id = ?2;

-- name: message_number
SELECT number FROM message WHERE conversation = ?1 AND id = ?2;

-- name: message_listed
SELECT m.id, iif(c.subject_kind = 'agent', c.subject_id, NULL) AS agent_id, m.idx AS "index", m.parent, m.role,
       CAST(substr(CAST(m.content AS BLOB), 1, 262145) AS TEXT) AS content, -- EVENT_TEXT_MAX and a byte
       m.truncated, iif(length(CAST(m.content AS BLOB)) > 262144, length(CAST(m.content AS BLOB)), NULL) AS size, m.token_count,
       m.tool_name, m.tool_input, m.tool_output, m.is_error, m.added, m.removed, m.exit_code, m.duration_ms, m.created_at, m.is_complete, m.state,
       iif(m.state = 'queued', m.launch_id, NULL) AS launch_id,
       (SELECT nullif(json_group_array(json_object('id', id, 'name', name, 'mediaType', media_type, 'size', size, 'width', width, 'height', height)), '[]')
        FROM (SELECT a.id, a.name, f.media_type, f.size, f.width, f.height
              FROM message_attachment r JOIN attachment a ON a.id = r.attachment JOIN attachment_file f ON f.digest = a.digest
              WHERE r.message = m.number ORDER BY r.position)) AS attachments
FROM message m JOIN conversation c ON c.number = m.conversation WHERE m.number = ?1;

-- name: message_spot
SELECT coalesce(place, 9223372036854775807), iif(place IS NULL, coalesce(rank, number), number) FROM message WHERE conversation = ?1 AND id = ?2;

-- name: message_at_index
SELECT idx, number FROM message WHERE conversation = ?1 AND branch = ?2 AND idx = ?3;

-- name: message_said_from
SELECT place, number FROM message
WHERE conversation = ?1 AND branch = ?2 AND created_at >= ?3 AND role <> 'user' AND place IS NOT NULL
ORDER BY created_at, place, number LIMIT 1;

-- name: message_older_than
SELECT idx, number FROM message
WHERE conversation = ?1 AND branch = ?2 AND idx <= ?3 AND (idx < ?3 OR number < ?4) AND (role <> 'user' OR created_at < ?5)
ORDER BY idx DESC LIMIT 1;

-- name: message_indexes_before
SELECT number FROM message WHERE conversation = ?1 AND branch = ?2 AND idx <= ?3 AND (idx < ?3 OR number < ?4)
ORDER BY idx DESC LIMIT ?5;

-- name: message_indexes_from
SELECT number FROM message WHERE conversation = ?1 AND branch = ?2 AND idx >= ?3 AND (idx > ?3 OR number >= ?4) AND idx <= ?5
ORDER BY idx LIMIT ?6;

-- name: message_place_before
SELECT number FROM message WHERE conversation = ?1 AND branch = ?2 AND place = ?3 AND number < ?4 ORDER BY number DESC LIMIT ?5;

-- name: message_places_before
SELECT number FROM message WHERE conversation = ?1 AND branch = ?2 AND place < ?3 ORDER BY place DESC, number DESC LIMIT ?4;

-- name: message_place_from
SELECT number FROM message WHERE conversation = ?1 AND branch = ?2 AND place = ?3 AND number >= ?4 AND place <= ?5
ORDER BY number LIMIT ?6;

-- name: message_places_from
SELECT number FROM message WHERE conversation = ?1 AND branch = ?2 AND place > ?3 AND place <= ?4 ORDER BY place, number LIMIT ?5;

-- name: message_queued_before
SELECT number FROM message WHERE conversation = ?1 AND state = 'queued' AND idx IS NULL AND coalesce(rank, number) < ?2
ORDER BY coalesce(rank, number) DESC LIMIT ?3;

-- name: message_queued_from
SELECT number FROM message WHERE conversation = ?1 AND state = 'queued' AND idx IS NULL AND coalesce(rank, number) >= ?2
ORDER BY coalesce(rank, number) LIMIT ?3;

-- name: message_count_unsent
SELECT count(*) FROM message WHERE conversation = ?1 AND state = 'queued' AND idx IS NULL;

-- name: message_withdraw
DELETE FROM message WHERE conversation = ?1 AND id = ?2 AND state = 'queued' AND launch_id IS NULL;

-- name: message_last_sent
-- In the order of the launch's inputs: one that is sent again is older than others that were sent before it.
SELECT m.id, role, content, created_at, is_complete, state, launch_id
FROM launch_input i CROSS JOIN message m ON m.conversation = ?1 AND m.id = i.cause_id
WHERE i.launch = ?2 AND i.cause = 'message' AND m.launch_id = ?2 AND m.state = 'sent' ORDER BY i.n DESC LIMIT 1;

-- name: message_handed
SELECT id, role, content, created_at, is_complete, state, launch_id
FROM message WHERE conversation = ?1 AND launch_id = ?2 AND state = 'queued';

-- name: message_room
-- Estimates the bytes that the rows take from at most 200 of them, evenly spread; with fewer rows it is the exact sum.
WITH RECURSIVE ends(low, high) AS (SELECT (SELECT min(number) FROM message), (SELECT max(number) FROM message)),
nth(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM nth WHERE i < 199),
picked(at) AS (SELECT DISTINCT low + (high - low) * i / 199 FROM ends, nth)
SELECT CAST((SELECT sum(coalesce(length(CAST(content AS BLOB)), 0) + coalesce(length(CAST(tool_input AS BLOB)), 0) + coalesce(length(CAST(tool_output AS BLOB)), 0) + 100) FROM message WHERE number IN (SELECT at FROM picked)) * (high - low + 1.0)
            / (SELECT count(*) FROM picked) AS INTEGER)
FROM ends;

-- name: message_queued_same
SELECT id FROM message WHERE conversation = ?1 AND state = 'queued' AND launch_id IS NULL AND content = ?2
ORDER BY coalesce(rank, number) LIMIT 1;

-- name: message_open_same
SELECT id FROM message WHERE conversation = ?1 AND state = 'queued' AND content = ?2
UNION ALL
SELECT m.id FROM turn t CROSS JOIN message m ON m.conversation = t.conversation AND m.id = t.message_id
WHERE t.conversation = ?1 AND t.step = '' AND t.outcome = 'running' AND m.content = ?2
LIMIT 1;

-- name: message_queued_after
SELECT coalesce(rank, number), id FROM message WHERE conversation = ?1 AND state = 'queued' AND coalesce(rank, number) > ?2
ORDER BY coalesce(rank, number) LIMIT 1;

-- name: message_unanswered_after
SELECT number, id FROM message WHERE conversation = ?1 AND state = 'unanswered' AND number > ?2 ORDER BY number LIMIT 1;

-- name: turn_begin
INSERT INTO turn (conversation, step, idx, message_id, started_at, outcome)
SELECT ?1, '', coalesce(max(idx) + 1, 0), ?2, ?3, 'running' FROM turn WHERE conversation = ?1;

-- name: turn_end
UPDATE turn SET outcome = ?2, ended_at = max(?3, started_at), duration_ms = coalesce(?4, max(?3 - started_at, 0) / 1000)
WHERE conversation = ?1 AND step = '' AND outcome = 'running';

-- name: turn_reopen
UPDATE turn SET outcome = 'running', ended_at = NULL, duration_ms = NULL
WHERE conversation = ?1 AND idx = (SELECT max(idx) FROM turn WHERE conversation = ?1) AND outcome = 'unknown';

-- name: turn_count_tool
UPDATE turn SET tool_calls = tool_calls + 1 WHERE conversation = ?1 AND idx = (SELECT max(idx) FROM turn WHERE conversation = ?1);

-- name: turn_count_file
UPDATE turn SET files_changed = files_changed + 1 WHERE conversation = ?1 AND idx = (SELECT max(idx) FROM turn WHERE conversation = ?1);

-- name: turn_count_usage
UPDATE turn SET cost_micros = coalesce(cost_micros, 0) + ?2, tokens = coalesce(tokens, 0) + ?3
WHERE conversation = ?1 AND idx = (SELECT max(idx) FROM turn WHERE conversation = ?1);

-- name: turn_add_file
INSERT INTO turn_file (conversation, turn, path)
SELECT m.conversation, (SELECT max(idx) FROM turn WHERE conversation = ?1), coalesce(?3, m.content)
FROM message m
WHERE m.conversation = ?1 AND m.tool_id = ?2 AND m.tool_kind = 'edit' AND coalesce(?3, m.content) <> ''
  AND EXISTS (SELECT 1 FROM turn WHERE conversation = ?1)
ON CONFLICT DO NOTHING;

-- name: turn_total
SELECT max(idx) + 1 FROM turn WHERE conversation = ?1;

-- name: turn_running
SELECT max(idx) FROM turn WHERE conversation = ?1 AND outcome = 'running';

-- name: turn_first
SELECT min(idx) FROM turn WHERE conversation = ?1;

-- name: turn_of_message
-- A prompt that is handed over again begins another turn: what is before it is before the first of them.
SELECT CASE WHEN ?3 THEN max(idx) ELSE min(idx) END FROM turn WHERE conversation = ?1 AND message_id = ?2;

-- name: turn_at_time
SELECT idx FROM turn WHERE conversation = ?1 AND started_at >= ?2 ORDER BY started_at, idx LIMIT 1;

-- name: turns_before
SELECT t.idx AS "index", t.message_id, t.started_at AS at, t.ended_at,
       substr(ltrim(m.content, char(9, 10, 13, 32)), 1, 800) AS first_line,
       t.outcome, t.duration_ms, t.files_changed, t.tool_calls, t.cost_micros, t.tokens
FROM turn t LEFT JOIN message m ON m.conversation = t.conversation AND m.id = t.message_id
WHERE t.conversation = ?1 AND t.idx < ?2 ORDER BY t.idx DESC LIMIT ?3;

-- name: turns_from
SELECT t.idx AS "index", t.message_id, t.started_at AS at, t.ended_at,
       substr(ltrim(m.content, char(9, 10, 13, 32)), 1, 800) AS first_line,
       t.outcome, t.duration_ms, t.files_changed, t.tool_calls, t.cost_micros, t.tokens
FROM turn t LEFT JOIN message m ON m.conversation = t.conversation AND m.id = t.message_id
WHERE t.conversation = ?1 AND t.idx >= ?2 ORDER BY t.idx LIMIT ?3;

-- name: turn_erase_some
DELETE FROM turn WHERE (conversation, idx) IN (
    SELECT t.conversation, t.idx FROM conversation c JOIN turn t ON t.conversation = c.number
    WHERE c.subject_kind = ?1 AND c.subject_id = ?2 LIMIT 10);

-- name: turn_expire
DELETE FROM turn WHERE (conversation, idx) IN (
    SELECT conversation, idx FROM turn WHERE started_at < ?1 AND outcome <> 'running'
        AND idx < (SELECT max(idx) FROM turn newest WHERE newest.conversation = turn.conversation)
    ORDER BY started_at LIMIT 10);

-- name: open_text_add
INSERT INTO open_text (conversation, block, parent, seq, log_offset, log_index, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: open_text_find
SELECT block, parent, seq, log_offset, log_index, at, message_id FROM open_text WHERE conversation = ?1 AND block = ?2;

-- name: open_text_list
SELECT block, parent, seq, log_offset, log_index, at, message_id FROM open_text
WHERE conversation = ?1 AND message_id IS NULL ORDER BY seq LIMIT ?2;

-- name: open_text_set_message
UPDATE open_text SET message_id = ?3 WHERE conversation = ?1 AND block = ?2;

-- name: open_text_remove
DELETE FROM open_text WHERE conversation = ?1 AND block = ?2;

-- name: open_text_clear
DELETE FROM open_text WHERE conversation = ?1 AND (?2 OR message_id IS NOT NULL);

-- name: commands_get
SELECT commands FROM conversation_commands WHERE conversation = ?1;

-- name: commands_set
INSERT INTO conversation_commands (conversation, commands, listed_at) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET commands = excluded.commands, listed_at = excluded.listed_at;

-- name: message_complete
UPDATE message SET content = ?3, truncated = ?4, is_complete = 1 WHERE conversation = ?1 AND id = ?2;

-- name: message_searched
SELECT number, coalesce(place, 9223372036854775807), id, idx, parent, role, created_at, is_error, tool_name, content, tool_input, tool_output
FROM message WHERE number = ?1;

-- name: thoughts_last
SELECT (SELECT e.id & 1099511627775 FROM event e WHERE e.id >= s.number << 40 AND e.id < (s.number + 1) << 40 ORDER BY e.id DESC LIMIT 1)
FROM stream s WHERE s.topic = ?1;

-- name: thoughts_between
SELECT e.id & 1099511627775, e.at, e.payload
FROM stream s CROSS JOIN event e ON e.id >= (s.number << 40) + ?2 AND e.id < (s.number << 40) + ?3
WHERE s.topic = ?1 AND +e.kind = (SELECT number FROM event_word WHERE text = 'thought') ORDER BY e.id;
-- name: message_attach
INSERT INTO message_attachment (message, position, attachment)
SELECT number, ?3, ?4 FROM message WHERE conversation = ?1 AND id = ?2;

-- name: message_attachments
SELECT a.id, a.name, f.media_type, f.size, f.digest AS sha256, f.width, f.height, f.suffix, 1 AS is_used, a.created_at
FROM message m JOIN message_attachment r ON r.message = m.number JOIN attachment a ON a.id = r.attachment
JOIN attachment_file f ON f.digest = a.digest
WHERE m.conversation = ?1 AND m.id = ?2 ORDER BY r.position;

-- name: message_queued_attached
SELECT DISTINCT c.subject_kind, c.subject_id
FROM message m JOIN message_attachment r ON r.message = m.number JOIN conversation c ON c.number = m.conversation
WHERE m.state = 'queued' LIMIT 1000;
