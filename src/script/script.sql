-- name: script_add
INSERT INTO script (id, workspace_id, kind, name, command, timeout_seconds, is_proposed, created_at, updated_at)
VALUES (:id, :workspace_id, :kind, :name, :command, :timeout_seconds, :is_proposed, :created_at, :updated_at);

-- name: script_set
UPDATE script SET name = :name, command = :command, timeout_seconds = :timeout_seconds, is_proposed = :is_proposed, updated_at = :updated_at WHERE id = :id;

-- name: script_by_id
SELECT id, workspace_id, kind, name, command, timeout_seconds, is_proposed, created_at, updated_at FROM script WHERE id = ?1 AND workspace_id = ?2;

-- name: script_list
SELECT id, workspace_id, kind, name, command, timeout_seconds, is_proposed, created_at, updated_at
FROM script WHERE workspace_id = ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY kind, name;

-- name: script_next_setup
SELECT s.id, s.workspace_id, s.kind, s.name, s.command, s.timeout_seconds, s.is_proposed, s.created_at, s.updated_at
FROM worktree t JOIN script s ON s.workspace_id = t.workspace_id AND s.kind = 'setup' AND s.name > ?2 AND s.created_at <= t.created_at
WHERE t.id = ?1 AND NOT EXISTS (SELECT 1 FROM script_run r WHERE r.worktree_id = ?1 AND r.script_id = s.id)
ORDER BY s.name LIMIT 1;

-- name: script_count
SELECT count(*) FROM script WHERE workspace_id = ?1;

-- name: script_named
SELECT count(*) FROM script WHERE workspace_id = ?1 AND kind = ?2 AND name = ?3 AND id <> ?4;

-- name: script_remove
DELETE FROM script WHERE id = ?1;

-- name: script_run_add
INSERT INTO script_run (id, script_id, workspace_id, worktree_id, kind, name, command, content_id, state, notice, started_at)
VALUES (:id, :script_id, :workspace_id, :worktree_id, :kind, :name, :command, :content_id, :state, :notice, :started_at);

-- name: script_run_set_launch
UPDATE script_run SET launch_id = ?2 WHERE id = ?1;

-- name: script_run_end
UPDATE script_run SET state = ?2, exit_code = ?3, detail = ?4, ended_at = ?5, ports = NULL WHERE id = ?1 AND ended_at IS NULL;

-- name: script_run_set_end_content
UPDATE script_run SET end_content_id = ?2 WHERE id = ?1 AND end_content_id IS NULL;

-- name: script_run_set_ports
UPDATE script_run SET ports = :ports WHERE id = :id AND ended_at IS NULL AND ports IS NOT :ports;

-- name: script_run_held
UPDATE script_run SET detail = ?2 WHERE id = ?1 AND ended_at IS NULL AND detail IS NOT ?2;

-- name: script_run_by_id
SELECT id, script_id, workspace_id, worktree_id, kind, name, command, content_id, end_content_id, launch_id, state, exit_code, detail, notice, ports, log_bytes, dropped_bytes,
       started_at, ended_at
FROM script_run WHERE id = ?1;

-- name: script_run_alive_of
SELECT id FROM script_run WHERE worktree_id = ?1 AND script_id = ?2 AND ended_at IS NULL;

-- name: script_run_count_alive
SELECT count(*) FROM script_run WHERE worktree_id = ?1 AND ended_at IS NULL;

-- name: script_run_count_no_teardown
SELECT count(*) FROM script_run WHERE worktree_id = ?1 AND kind <> 'teardown' AND ended_at IS NULL;

-- name: script_teardowns_alive
SELECT launch_id FROM script_run WHERE worktree_id = ?1 AND kind = 'teardown' AND ended_at IS NULL;

-- name: script_run_list
-- Newest first, behind ?3, else from the newest.
SELECT id, script_id, workspace_id, worktree_id, kind, name, command, content_id, end_content_id, launch_id, state, exit_code, detail, notice, ports, log_bytes, dropped_bytes,
       started_at, ended_at
FROM script_run
WHERE worktree_id = ?1 AND (?2 IS NULL OR script_id = ?2)
  AND (started_at, id) < (SELECT started_at, id FROM script_run WHERE id = ?3 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
ORDER BY started_at DESC, id DESC LIMIT ?4;

-- name: script_checks_of
-- The newest run of each check of a worktree's workspace; a check that never ran has none.
SELECT r.id, s.id AS script_id, s.workspace_id, ?1 AS worktree_id, s.kind, s.name, coalesce(r.command, s.command) AS command, r.content_id, r.end_content_id,
       r.launch_id, coalesce(r.state, 'never') AS state, r.exit_code, r.detail, r.notice, r.ports, coalesce(r.log_bytes, 0) AS log_bytes,
       coalesce(r.dropped_bytes, 0) AS dropped_bytes, r.started_at, r.ended_at
FROM worktree t JOIN script s ON s.workspace_id = t.workspace_id AND s.kind = 'check'
LEFT JOIN script_run r ON r.id = (SELECT n.id FROM script_run n WHERE n.worktree_id = ?1 AND n.script_id = s.id ORDER BY n.started_at DESC, n.id DESC LIMIT 1)
WHERE t.id = ?1 ORDER BY s.name;

-- name: script_run_expire
DELETE FROM script_run WHERE id IN (
    SELECT id FROM script_run WHERE worktree_id = ?1 AND script_id = ?2 AND ended_at IS NOT NULL
    ORDER BY started_at DESC, id DESC LIMIT -1 OFFSET ?3);

-- name: script_runs_expire
DELETE FROM script_run WHERE id IN (SELECT id FROM script_run WHERE ended_at < ?1 LIMIT 1);

-- name: script_room
SELECT coalesce(sum(log_bytes - dropped_bytes + length(command) + 500), 0) FROM script_run;

-- name: script_log_add
INSERT INTO script_log (run_id, at, bytes) VALUES (?1, ?2, ?3);

-- name: script_log_append
UPDATE script_log SET bytes = bytes || ?2
WHERE run_id = ?1 AND at = (SELECT max(at) FROM script_log WHERE run_id = ?1) AND length(CAST(bytes AS BLOB)) + ?3 <= ?4;

-- name: script_log_count
UPDATE script_run SET log_bytes = log_bytes + ?2 WHERE id = ?1 RETURNING log_bytes - ?2;

-- name: script_log_cut
DELETE FROM script_log WHERE run_id = ?1 AND at >= ?2 AND at < ?3 - ?4 RETURNING length(CAST(bytes AS BLOB));

-- name: script_log_dropped
UPDATE script_run SET dropped_bytes = dropped_bytes + ?2 WHERE id = ?1;

-- name: script_log_from
SELECT at, bytes FROM script_log
WHERE run_id = ?1 AND at >= coalesce((SELECT max(at) FROM script_log WHERE run_id = ?1 AND at <= ?2), 0) ORDER BY at LIMIT ?3;

-- name: worktree_port_next
-- The lowest ten from ?1 to ?2 that no worktree has.
SELECT min(c) FROM (
    SELECT ?1 AS c WHERE NOT EXISTS (SELECT 1 FROM worktree_port WHERE first = ?1)
    UNION ALL
    SELECT first + 10 FROM worktree_port p
    WHERE first >= ?1 AND first + 10 <= ?2 AND NOT EXISTS (SELECT 1 FROM worktree_port n WHERE n.first = p.first + 10));

-- name: worktree_port_add
INSERT INTO worktree_port (worktree_id, first) VALUES (?1, ?2);

-- name: worktree_port_first
SELECT first FROM worktree_port WHERE worktree_id = ?1;

-- name: worktree_port_free
DELETE FROM worktree_port WHERE worktree_id = ?1;

-- name: script_proposal_find
SELECT digest, accepted_at FROM script_proposal WHERE workspace_id = ?1;

-- name: script_proposal_accept
INSERT INTO script_proposal (workspace_id, digest, accepted_at) VALUES (?1, ?2, ?3)
ON CONFLICT (workspace_id) DO UPDATE SET digest = excluded.digest, accepted_at = excluded.accepted_at;

-- name: org_of_script
SELECT org_id FROM script s JOIN workspace w ON w.id = s.workspace_id WHERE s.id = ?1;

-- name: org_of_script_run
SELECT org_id FROM script_run r JOIN workspace w ON w.id = r.workspace_id WHERE r.id = ?1;
