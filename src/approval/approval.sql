-- name: ask_insert
INSERT INTO ask (id, agent_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, tool_id,
                 plan, input, input_cut, size, suggestions, digest, state, created_at)
VALUES (:id, :agent_id, :worktree_id, :workspace_id, :launch_id, :request_id, :kind, :tool, :title, :reason, :tool_id,
        :plan, :input, :input_cut, :size, :suggestions, :digest, :state, :created_at);

-- name: ask_by_id
SELECT id, agent_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, tool_id, plan, input,
       suggestions, digest, state, decision, message, answered_by, created_at, answered_at
FROM ask WHERE id = ?1;

-- name: ask_list
SELECT id, agent_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, tool_id, plan,
       coalesce(input_cut, input) AS input, iif(input_cut IS NULL, NULL, 1) AS truncated, size, suggestions, digest, state, decision, message, answered_by, created_at, answered_at
FROM ask
WHERE id IN (SELECT id FROM ask WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR agent_id = ?2)
             ORDER BY created_at DESC, id DESC LIMIT ?3)
ORDER BY created_at DESC, id DESC;

-- name: ask_open_of_request
SELECT id FROM ask WHERE agent_id = ?1 AND request_id = ?2 AND state = 'open';

-- name: ask_open_ids
SELECT id FROM ask WHERE agent_id = ?1 AND state = 'open' ORDER BY created_at, id;

-- name: ask_settle
UPDATE ask SET state = ?2, decision = ?3, message = ?4, answered_by = ?5, answered_at = ?6
WHERE id = ?1 AND state = 'open';

-- name: ask_forget_all
DELETE FROM ask WHERE agent_id = ?1;

-- name: ask_expire
DELETE FROM ask WHERE id IN (SELECT id FROM ask WHERE state <> 'open' AND answered_at < ?1 LIMIT 50);

-- name: ask_blank
UPDATE ask SET input = NULL, input_cut = NULL, size = NULL
WHERE id IN (SELECT id FROM ask WHERE state <> 'open' AND input IS NOT NULL AND answered_at < ?1 LIMIT 50);
