-- name: change_landing_add
INSERT INTO change_landing (id, workspace_id, worktree_id, base_ref, from_id, to_id, head_id, how, landed_at, branch,
    landed_by)
VALUES (:id, :workspace_id, :worktree_id, :base_ref, :from_id, :to_id, :head_id, :how, :landed_at, :branch, :landed_by);

-- name: change_agents_in_turn
-- Of a worktree: those that work, or wait for an answer.
SELECT count(*) FROM agent a
JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = a.id
JOIN turn t ON t.conversation = c.number AND t.outcome = 'running'
WHERE a.worktree_id = ?1;

-- name: change_landing_undone
UPDATE change_landing SET undone_at = ?2 WHERE id = ?1;

-- name: change_landing_last
SELECT id, workspace_id, worktree_id, base_ref, from_id, to_id, head_id, how, landed_at, undone_at, branch, landed_by
FROM change_landing
WHERE worktree_id = ?1 AND undone_at IS NULL ORDER BY landed_at DESC LIMIT 1;

-- name: change_landings_of
-- Newest first, behind ?2, else from the newest. Only the last one of a worktree can be undone.
SELECT id, workspace_id, worktree_id, base_ref, from_id, to_id, head_id, how, landed_at, undone_at, branch, landed_by,
    undone_at IS NULL AND NOT EXISTS (SELECT 1 FROM change_landing AS later WHERE later.worktree_id = l.worktree_id
        AND later.undone_at IS NULL AND later.landed_at > l.landed_at) AS can_undo
FROM change_landing AS l
WHERE workspace_id = ?1 AND (?2 IS NULL OR id < ?2)
ORDER BY id DESC LIMIT ?3;

-- name: change_comment_add
INSERT INTO change_comment (id, workspace_id, worktree_id, path, side, "from", line, line_text, body, created_at,
    updated_at)
VALUES (:id, :workspace_id, :worktree_id, :path, :side, :from, :line, :line_text, :body, :created_at, :updated_at);

-- name: change_comment_set
UPDATE change_comment SET body = ?2, updated_at = ?3, sent_at = NULL, message_id = NULL WHERE id = ?1;

-- name: change_comment_sent
UPDATE change_comment SET sent_at = ?2, message_id = ?4 WHERE id = ?1 AND updated_at = ?3 AND deleted_at IS NULL;

-- name: change_comments_in
SELECT id, workspace_id, worktree_id FROM change_comment WHERE message_id = ?1 ORDER BY worktree_id, id;

-- name: change_comments_unsent
UPDATE change_comment SET sent_at = NULL, message_id = NULL WHERE message_id = ?1;

-- name: change_comment_set_deleted
UPDATE change_comment SET deleted_at = ?2 WHERE id = ?1;

-- name: change_comments_forget
-- Of the deleted ones of a worktree, all but the ?2 that were deleted last.
DELETE FROM change_comment WHERE id IN (SELECT id FROM change_comment WHERE worktree_id = ?1 AND deleted_at IS NOT NULL
    ORDER BY deleted_at DESC, id DESC LIMIT -1 OFFSET ?2);

-- name: change_comment_by_id
-- ?2: 1 of a deleted one.
SELECT id, workspace_id, worktree_id, path, side, "from", line, line_text, body, created_at, updated_at, sent_at,
    message_id
FROM change_comment WHERE id = ?1 AND (deleted_at IS NOT NULL) = ?2;

-- name: change_comment_count
SELECT count(*) FROM change_comment WHERE worktree_id = ?1 AND deleted_at IS NULL;

-- name: change_comments_of
SELECT id, workspace_id, worktree_id, path, side, "from", line, line_text, body, created_at, updated_at, sent_at,
    message_id
FROM change_comment WHERE worktree_id = ?1 AND deleted_at IS NULL ORDER BY path, side, "from", line, id;

-- name: change_queue_add
INSERT INTO change_queue (id, workspace_id, state, started_by, role, started_at) VALUES (?1, ?2, 'running', ?3, ?4, ?5);

-- name: change_queue_row_add
INSERT INTO change_queue_row (queue, n, worktree_id, head_id, how, message, ignore_checks, state)
VALUES (:queue, :n, :worktree_id, :head_id, :how, :message, coalesce(:ignore_checks, 0), :state);

-- name: change_queue_forget
DELETE FROM change_queue WHERE workspace_id = ?1 AND ended_at IS NOT NULL;

-- name: change_queue_newest
SELECT id, workspace_id, state, is_cancelled, started_by, role, started_at, ended_at
FROM change_queue WHERE workspace_id = ?1 ORDER BY id DESC LIMIT 1;

-- name: change_queue_one
SELECT id, workspace_id, state, is_cancelled, started_by, role, started_at, ended_at FROM change_queue WHERE id = ?1;

-- name: change_queues_open
SELECT id, workspace_id, state, is_cancelled, started_by, role, started_at, ended_at FROM change_queue WHERE ended_at IS NULL ORDER BY id;

-- name: change_queue_rows
SELECT queue, n, worktree_id, head_id, how, message, ignore_checks, is_seen,
    iif(state = 'landed' AND EXISTS (SELECT 1 FROM change_landing l WHERE l.id = r.landing_id AND l.undone_at IS NOT NULL), 'undone', state) AS state,
    step, step_at, passed, checks, text, conflicts, landing_id, to_id
FROM change_queue_row AS r WHERE queue = ?1 ORDER BY n;

-- name: change_queue_cancel
UPDATE change_queue SET is_cancelled = 1 WHERE id = ?1 AND ended_at IS NULL;

-- name: change_queue_end
UPDATE change_queue SET state = ?2, ended_at = ?3 WHERE id = ?1;

-- name: change_queue_row_set
UPDATE change_queue_row SET head_id = :head_id, is_seen = coalesce(:is_seen, 0), state = :state, step = :step, step_at = :step_at, passed = :passed,
    checks = :checks, text = :text, conflicts = :conflicts, landing_id = :landing_id, to_id = :to_id
WHERE queue = :queue AND n = :n;

-- name: org_of_comment
SELECT w.org_id FROM change_comment c JOIN workspace w ON w.id = c.workspace_id WHERE c.id = ?1;
