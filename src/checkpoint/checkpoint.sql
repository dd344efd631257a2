-- name: checkpoint_add
INSERT INTO checkpoint (id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at, goes_on, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'due');

-- name: checkpoint_goes_on
-- Its newest one is not exact any more.
UPDATE checkpoint SET goes_on = 1 WHERE number = (SELECT max(number) FROM checkpoint WHERE agent_id = ?1);

-- name: checkpoint_due_trees
SELECT DISTINCT worktree_id, workspace_id FROM checkpoint WHERE state = 'due';

-- name: checkpoint_due_of
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at AS at, state, is_exact, is_late
FROM checkpoint WHERE worktree_id = ?1 AND state = 'due' ORDER BY number LIMIT ?2;

-- name: checkpoint_newest
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at AS at, state, seen_at, is_exact, is_late,
       ref, commit_id, tree, head, files_changed, left_out, error
FROM checkpoint WHERE worktree_id = ?1 AND state = 'taken' ORDER BY number DESC LIMIT 1;

-- name: checkpoint_moving
-- What happened in the worktree after ?2, and agents that work there.
SELECT (SELECT count(*) FROM checkpoint WHERE worktree_id = ?1 AND number > ?2)
     + (SELECT count(*) FROM checkpoint c WHERE c.worktree_id = ?1 AND c.goes_on = 1
        AND NOT EXISTS (SELECT 1 FROM checkpoint n WHERE n.agent_id = c.agent_id AND n.number > c.number));

-- name: checkpoint_set
UPDATE checkpoint SET state = :state, seen_at = :seen_at, is_exact = :is_exact, is_late = :is_late, ref = :ref, commit_id = :commit_id,
       tree = :tree, head = :head, files_changed = :files_changed, left_out = :left_out, error = :error
WHERE number = :number AND state = 'due';

-- name: checkpoint_by_id
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at AS at, state, seen_at, is_exact, is_late,
       ref, commit_id, tree, head, files_changed, left_out, error
FROM checkpoint WHERE id = ?1;

-- name: checkpoints_before
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at AS at, state, seen_at, is_exact, is_late,
       ref, commit_id, tree, head, files_changed, left_out, error
FROM checkpoint WHERE worktree_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3;

-- name: checkpoints_of_agent_before
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at AS at, state, seen_at, is_exact, is_late,
       ref, commit_id, tree, head, files_changed, left_out, error
FROM checkpoint WHERE agent_id = ?4 AND number < ?2 AND worktree_id = ?1 ORDER BY number DESC LIMIT ?3;

-- name: checkpoint_at_turn
-- The first of a turn's start, the last of its end.
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, tool_id, tool, marked_at AS at, state, seen_at, is_exact, is_late,
       ref, commit_id, tree, head, files_changed, left_out, error
FROM checkpoint WHERE agent_id = ?1 AND turn = ?2 AND kind = ?3
ORDER BY CASE ?3 WHEN 'turn_start' THEN number ELSE -number END LIMIT 1;

-- name: checkpoint_turn_files
SELECT max(files_changed) FROM checkpoint_within WHERE agent_id = ?1 AND turn = ?2;

-- name: checkpoint_over_count
SELECT number, id, workspace_id, worktree_id, agent_id, kind, turn, marked_at AS at, state, is_exact, is_late, ref, commit_id
FROM checkpoint
WHERE worktree_id = ?1 AND state <> 'due'
  AND number <= (SELECT number FROM checkpoint WHERE worktree_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
ORDER BY number LIMIT ?3;

-- name: checkpoint_over_age
-- Not the newest of a worktree that is there, in the trash, or gone for less than that.
SELECT c.number, c.id, c.workspace_id, c.worktree_id, c.agent_id, c.kind, c.turn, c.marked_at AS at, c.state, c.is_exact, c.is_late, c.ref,
       c.commit_id
FROM checkpoint c
WHERE c.marked_at < ?1 AND c.state <> 'due'
  AND (EXISTS (SELECT 1 FROM checkpoint n WHERE n.worktree_id = c.worktree_id AND n.number > c.number AND n.state = 'taken')
       OR NOT EXISTS (SELECT 1 FROM worktree w WHERE w.id = c.worktree_id AND (w.closed_at IS NULL OR w.closed_at >= ?1)))
ORDER BY c.marked_at LIMIT ?2;

-- name: checkpoint_store
SELECT id FROM checkpoint_store WHERE rowid = 1;

-- name: checkpoint_remove
DELETE FROM checkpoint WHERE number = ?1;

-- name: org_of_checkpoint
SELECT org_id FROM checkpoint c JOIN workspace w ON w.id = c.workspace_id WHERE c.id = ?1;

-- name: checkpoint_ref_uses
SELECT count(*) FROM checkpoint WHERE ref = ?1;
