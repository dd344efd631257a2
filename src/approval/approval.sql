-- name: ask_insert
INSERT INTO ask (id, org_id, subject_kind, subject_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, tool_id,
                 plan, input, input_cut, size, suggestions, decision_only, digest, facts, state, created_at)
VALUES (:id, :org_id, :subject_kind, :subject_id, :worktree_id, :workspace_id, :launch_id, :request_id, :kind, :tool, :title, :reason, :tool_id,
        :plan, :input, :input_cut, :size, :suggestions, :decision_only, :digest, :facts, :state, :created_at);

-- name: ask_by_id
SELECT id, org_id, subject_kind, subject_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, tool_id, plan, input,
       suggestions, decision_only, digest, facts, state, decision, message, answered_by, decided_by, rule_id, rule, remembered_id, created_at, answered_at
FROM ask WHERE id = ?1 AND org_id = ?2;

-- name: ask_list
SELECT id, org_id, subject_kind, subject_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, tool_id, plan,
       coalesce(input_cut, input) AS input, iif(input_cut IS NULL, NULL, 1) AS truncated, size, suggestions, decision_only, digest, state, decision, message, answered_by, decided_by, rule_id, rule, remembered_id, created_at, answered_at
FROM ask
WHERE id IN (SELECT value FROM json_each(?1))
ORDER BY created_at DESC, id DESC;

-- name: ask_ids_all
SELECT id FROM ask WHERE org_id = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2;

-- name: ask_ids_by_state
SELECT id FROM ask WHERE org_id = ?1 AND state = ?3 ORDER BY created_at DESC, id DESC LIMIT ?2;

-- name: ask_ids_by_subject
SELECT id FROM ask INDEXED BY ask_by_subject
WHERE subject_kind = ?4 AND subject_id = ?5 AND org_id = ?1 AND (?3 IS NULL OR state = ?3)
ORDER BY created_at DESC, id DESC LIMIT ?2;

-- name: ask_open_of_request
SELECT id FROM ask WHERE subject_kind = ?1 AND subject_id = ?2 AND request_id = ?3 AND state = 'open';

-- name: ask_open_ids
SELECT id FROM ask WHERE subject_kind = ?1 AND subject_id = ?2 AND state = 'open' ORDER BY created_at, id;

-- name: ask_open_requests
SELECT request_id FROM ask WHERE subject_kind = ?1 AND subject_id = ?2 AND state = 'open';

-- name: ask_settle
UPDATE ask SET state = ?2, decision = ?3, message = ?4, answered_by = ?5, answered_at = ?6, decided_by = ?7
WHERE id = ?1 AND state = 'open';

-- name: ask_void_undelivered
UPDATE ask SET state = 'void'
WHERE subject_kind = ?1 AND subject_id = ?2 AND request_id = ?3 AND launch_id = ?4 AND state = 'answered' RETURNING id;

-- name: ask_erase_some
DELETE FROM ask WHERE id = (SELECT id FROM ask WHERE subject_kind = ?1 AND subject_id = ?2 LIMIT 1);

-- name: ask_expire
DELETE FROM ask WHERE id IN (SELECT id FROM ask WHERE state <> 'open' AND answered_at < ?1 LIMIT 1);

-- name: ask_blank
UPDATE ask SET input = NULL, input_cut = NULL, size = NULL
WHERE id IN (SELECT id FROM ask WHERE state <> 'open' AND input IS NOT NULL AND answered_at < ?1 LIMIT 1);

-- name: ask_room
-- Estimates the bytes that the rows take from at most 200 of them, evenly spread; with fewer rows it is the exact sum.
WITH RECURSIVE ends(low, high) AS (SELECT (SELECT min(rowid) FROM ask), (SELECT max(rowid) FROM ask)),
nth(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM nth WHERE i < 199),
picked(at) AS (SELECT DISTINCT low + (high - low) * i / 199 FROM ends, nth)
SELECT CAST((SELECT sum(coalesce(length(CAST(input AS BLOB)), 0) + coalesce(length(CAST(input_cut AS BLOB)), 0) + coalesce(length(CAST(plan AS BLOB)), 0) + coalesce(length(CAST(suggestions AS BLOB)), 0) + coalesce(length(CAST(facts AS BLOB)), 0) + 100) FROM ask WHERE rowid IN (SELECT at FROM picked)) * (high - low + 1.0)
            / (SELECT count(*) FROM picked) AS INTEGER)
FROM ends;

-- name: ask_set_rule
UPDATE ask SET rule_id = ?2, rule = ?3 WHERE id = ?1;

-- name: ask_set_remembered
UPDATE ask SET remembered_id = ?2 WHERE id = ?1;

-- name: ask_open_of_org
SELECT id FROM ask WHERE org_id = ?1 AND state = 'open' ORDER BY created_at, id LIMIT ?2;

-- name: ask_past
-- Settled or open, newest first, behind ?2.
SELECT id, org_id, subject_kind, subject_id, worktree_id, workspace_id, kind, tool, title, facts, state, decision, decided_by, rule_id, created_at
FROM ask
WHERE org_id = ?1
  AND (created_at, id) < (SELECT created_at, id FROM ask WHERE id = ?2 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
ORDER BY created_at DESC, id DESC LIMIT ?3;

-- name: rule_list
SELECT id, org_id, position, decision, tool, path, command, workspace_id, worktree_id, agent_id, note, enabled, created_by, matched,
       last_matched_at, created_at, updated_at
FROM rule WHERE org_id = ?1 ORDER BY position, id;

-- name: rule_by_id
SELECT id, org_id, position, decision, tool, path, command, workspace_id, worktree_id, agent_id, note, enabled, created_by, matched,
       last_matched_at, created_at, updated_at
FROM rule WHERE id = ?1 AND org_id = ?2;

-- name: rule_count
SELECT count(*) FROM rule WHERE org_id = ?1;

-- name: rule_add
INSERT INTO rule (id, org_id, position, decision, tool, path, command, workspace_id, worktree_id, agent_id, note, enabled, created_by, matched,
                  created_at, updated_at)
VALUES (:id, :org_id, :position, :decision, :tool, :path, :command, :workspace_id, :worktree_id, :agent_id, :note, :enabled, :created_by, :matched,
        :created_at, :updated_at);

-- name: rule_set
UPDATE rule SET decision = :decision, tool = :tool, path = :path, command = :command, workspace_id = :workspace_id, worktree_id = :worktree_id,
                agent_id = :agent_id, note = :note, enabled = :enabled, updated_at = :updated_at
WHERE id = :id;

-- name: rule_set_position
UPDATE rule SET position = ?2 WHERE id = ?1;

-- name: rule_shift
-- Makes room at a position, or closes it.
UPDATE rule SET position = position + ?3 WHERE org_id = ?1 AND position >= ?2;

-- name: rule_remove
DELETE FROM rule WHERE id = ?1;

-- name: rule_count_match
UPDATE rule SET matched = matched + 1, last_matched_at = ?2 WHERE id = ?1;

-- name: org_of_rule
SELECT org_id FROM rule WHERE id = ?1;

-- name: org_of_ask
SELECT org_id FROM ask WHERE id = ?1;
