-- name: agent_insert
INSERT INTO agent (id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, mode,
                   permissions, display_order, adapter, command, model, limits, is_demo, created_at, updated_at, parent_agent_id)
VALUES (:id, :worktree_id, :workspace_id, :name, :status, :status_reason, :status_source, :status_since, :mode,
        :permissions,
        (SELECT coalesce(max(display_order) + 1, 0) FROM agent WHERE worktree_id = :worktree_id),
        :adapter, :command, :model, :limits, :is_demo, :created_at, :updated_at, :parent_agent_id);

-- name: agent_by_id
SELECT id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail,
       status_state, context_level, mode, permissions, display_order, adapter, command, model, limits, is_demo, session_id,
       is_resumable, was_retried, launch_id, created_at, updated_at, started_at, stopped_at, deleted_at, parent_agent_id
FROM agent WHERE id = ?1;

-- name: agent_list
SELECT id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail,
       context_level, mode, permissions, display_order, adapter, command, model, limits, is_demo, session_id,
       is_resumable, was_retried, launch_id, created_at, updated_at, started_at, stopped_at, deleted_at, parent_agent_id
FROM agent
WHERE (?1 IS NULL OR worktree_id = ?1) AND (?2 IS NULL OR status = ?2) AND (?3 OR deleted_at IS NULL)
  AND (?4 IS NULL OR (deleted_at IS NOT NULL, worktree_id, display_order, id)
                     > (SELECT deleted_at IS NOT NULL, worktree_id, display_order, id FROM agent WHERE id = ?4))
ORDER BY deleted_at IS NOT NULL, worktree_id, display_order, id LIMIT ?5;

-- name: agent_deleted_list
SELECT id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail,
       context_level, mode, permissions, display_order, adapter, command, model, limits, is_demo, session_id,
       is_resumable, was_retried, launch_id, created_at, updated_at, started_at, stopped_at, deleted_at, parent_agent_id
FROM agent WHERE worktree_id = ?1 AND deleted_at IS NOT NULL ORDER BY deleted_at DESC, id LIMIT ?2;

-- name: agent_deleted_count
SELECT count(*) FROM agent WHERE worktree_id = ?1 AND deleted_at IS NOT NULL;

-- name: agent_count_of_worktree
SELECT count(*) FROM agent WHERE worktree_id = ?1 AND deleted_at IS NULL;

-- name: agent_name_number
WITH RECURSIVE taken(n) AS (
    SELECT 1
    UNION ALL
    SELECT n + 1 FROM taken WHERE EXISTS (SELECT 1 FROM agent WHERE workspace_id = ?1 AND name = iif(n = 1, ?2, ?2 || ' ' || n)))
SELECT max(n) FROM taken;

-- name: agent_count_of_workspace
SELECT count(*) FROM agent WHERE workspace_id = ?1 AND deleted_at IS NULL;

-- name: agent_count_alive_of_worktree
SELECT count(*) FROM agent JOIN launch ON launch.owner_id = agent.id AND launch.ended_at IS NULL WHERE worktree_id = ?1;

-- name: agent_set_status
UPDATE agent SET status = ?2, status_reason = ?3, status_source = ?4, status_since = ?5, status_detail = ?6,
                 status_state = ?7, updated_at = ?8
WHERE id = ?1;

-- name: agent_set_session
UPDATE agent SET session_id = ?2, is_resumable = is_resumable OR ?3 WHERE id = ?1;

-- name: agent_forget_session
UPDATE agent SET is_resumable = 0 WHERE id = ?1;

-- name: agent_set_context
UPDATE agent SET context_level = ?2 WHERE id = ?1;

-- name: agent_set_launched
UPDATE agent SET launch_id = ?2, session_id = ?3, is_resumable = ?4, was_retried = ?5, started_at = ?6, stopped_at = NULL,
                 updated_at = ?6
WHERE id = ?1;

-- name: agent_set_stopped
UPDATE agent SET stopped_at = ?2 WHERE id = ?1;

-- name: agent_set_deleted
UPDATE agent SET deleted_at = ?2, went_with_worktree = 0, updated_at = ?3 WHERE id = ?1;

-- name: agent_remove
DELETE FROM agent WHERE id = ?1;

-- name: agent_update
UPDATE agent SET name = coalesce(?2, name), mode = coalesce(?3, mode), permissions = coalesce(?4, permissions),
                 limits = coalesce(?5, limits), updated_at = ?6
WHERE id = ?1;

-- name: agent_set_order
UPDATE agent SET display_order = ?2 WHERE id = ?1;

-- name: agents_of_worktree_gone
UPDATE agent SET deleted_at = ?2, went_with_worktree = 1, updated_at = ?2
WHERE worktree_id = ?1 AND deleted_at IS NULL;

-- name: agents_of_worktree_back
UPDATE agent SET deleted_at = iif(went_with_worktree, NULL, deleted_at), went_with_worktree = 0, workspace_id = ?2,
                 updated_at = ?3
WHERE worktree_id = ?1;

-- name: message_insert
INSERT INTO message (id, agent_id, role, content, tool_id, tool_name, tool_input, tool_output, is_complete, state, created_at, truncated)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);

-- name: message_set_tool_input
UPDATE message SET content = ?3, tool_input = ?4 WHERE agent_id = ?1 AND tool_id = ?2 AND is_complete = 0;

-- name: message_set_tool_output
UPDATE message SET tool_output = ?3, is_complete = 1 WHERE agent_id = ?1 AND tool_id = ?2;

-- name: message_next_queued
SELECT id, agent_id, role, content, created_at, is_complete, state, launch_id
FROM message WHERE agent_id = ?1 AND state = 'queued' ORDER BY number LIMIT 1;

-- name: message_count_handed
SELECT count(*) FROM message WHERE agent_id = ?1 AND state = 'queued' AND launch_id IS NOT NULL;

-- name: message_hand
UPDATE message SET launch_id = ?2 WHERE id = ?1;

-- name: message_set_state
UPDATE message SET state = ?3 WHERE id = ?1 AND state = ?2;

-- name: message_take_back
UPDATE message SET launch_id = NULL WHERE agent_id = ?1 AND state = 'queued';

-- name: message_page
SELECT id, agent_id, role, content, truncated, token_count, tool_name, tool_input, tool_output, created_at, is_complete, state
FROM message
WHERE agent_id = ?1 AND number < coalesce((SELECT number FROM message WHERE id = ?2), 9223372036854775807)
ORDER BY number DESC LIMIT ?3;

-- name: message_exists
SELECT count(*) FROM message WHERE id = ?2 AND agent_id = ?1;

-- name: message_withdraw
DELETE FROM message WHERE id = ?1 AND agent_id = ?2 AND state = 'queued' AND launch_id IS NULL;

-- name: message_last_sent
SELECT id, agent_id, role, content, created_at, is_complete, state, launch_id
FROM message WHERE agent_id = ?1 AND launch_id = ?2 AND state = 'sent' ORDER BY number DESC LIMIT 1;

-- name: message_handed
SELECT id, agent_id, role, content, created_at, is_complete, state, launch_id
FROM message WHERE agent_id = ?1 AND launch_id = ?2 AND state = 'queued';

-- name: agent_last_state
SELECT owner_state FROM launch WHERE owner_id = ?1 AND id < ?2 AND owner_state IS NOT NULL ORDER BY id DESC LIMIT 1;
