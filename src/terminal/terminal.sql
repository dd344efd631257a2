-- name: terminal_add
INSERT INTO terminal (id, workspace_id, worktree_id, agent_id, name, command, state, created_at)
VALUES (:id, :workspace_id, :worktree_id, :agent_id, :name, :command, :state, :created_at);

-- name: terminal_set_launch
UPDATE terminal SET launch_id = ?2 WHERE id = ?1;

-- name: terminal_set_name
UPDATE terminal SET name = ?2 WHERE id = ?1;

-- name: terminal_set_title
UPDATE terminal SET title = ?2 WHERE id = ?1 AND title IS NOT ?2;

-- name: terminal_end
UPDATE terminal SET state = ?2, exit_code = ?3, detail = ?4, ended_at = ?5 WHERE id = ?1 AND ended_at IS NULL;

-- name: terminal_held
UPDATE terminal SET detail = ?2 WHERE id = ?1 AND ended_at IS NULL AND detail IS NOT ?2;

-- name: terminal_by_id
SELECT id, workspace_id, worktree_id, agent_id, name, title, command, launch_id, state, exit_code, detail, created_at, ended_at
FROM terminal WHERE id = ?1;

-- name: terminal_list
-- Newest first, behind ?4, else from the newest; of the org ?6.
SELECT t.id, t.workspace_id, t.worktree_id, t.agent_id, t.name, t.title, t.command, t.launch_id, t.state, t.exit_code, t.detail, t.created_at, t.ended_at
FROM terminal t
WHERE (?1 IS NULL OR t.worktree_id = ?1) AND (?2 IS NULL OR t.agent_id = ?2) AND (?3 OR t.ended_at IS NULL)
  AND (t.created_at, t.id) < (SELECT created_at, id FROM terminal WHERE id = ?4 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = t.workspace_id AND w.org_id <> ?6)
ORDER BY t.created_at DESC, t.id DESC LIMIT ?5;

-- name: terminal_count_alive
SELECT count(*) FROM terminal WHERE ended_at IS NULL;

-- name: terminal_count_alive_in
SELECT count(*) FROM terminal WHERE worktree_id = ?1 AND ended_at IS NULL;

-- name: terminal_over
SELECT id FROM terminal WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2;

-- name: terminal_remove
DELETE FROM terminal WHERE id = ?1;

-- name: org_of_terminal
SELECT org_id FROM terminal t JOIN workspace w ON w.id = t.workspace_id WHERE t.id = ?1;

-- name: org_of_launch
SELECT w.org_id FROM launch l JOIN terminal t ON t.id = l.owner_id JOIN workspace w ON w.id = t.workspace_id WHERE l.id = ?1
UNION ALL
SELECT w.org_id FROM launch l JOIN agent g ON g.id = l.owner_id JOIN workspace w ON w.id = g.workspace_id WHERE l.id = ?1
UNION ALL
SELECT w.org_id FROM launch l JOIN script_run r ON r.id = l.owner_id JOIN workspace w ON w.id = r.workspace_id WHERE l.id = ?1
UNION ALL
SELECT e.org_id FROM launch l JOIN eye e ON e.id = l.owner_id WHERE l.id = ?1;
