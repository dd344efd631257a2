-- name: ui_state_get
SELECT key, value, digest, updated_at FROM ui_state WHERE principal = ?1 AND key = ?2

-- name: ui_state_from
SELECT key, value, digest, updated_at FROM ui_state
WHERE principal = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4

-- name: ui_state_room
-- From the index alone: every change waits for the writer, which must not read all values for each.
SELECT count(*), sum(size) FROM ui_state INDEXED BY ui_state_by_size WHERE principal = ?1 AND key <> ?2

-- name: ui_state_drop_oldest
-- Drafts stay: what somebody typed, and the files that go with it. Several at once, since this reads all of them.
DELETE FROM ui_state WHERE principal = ?1 AND key IN (
  SELECT key FROM ui_state
  WHERE principal = ?1 AND key <> ?2 AND key NOT GLOB 'draft/*' AND key NOT GLOB 'text/*' AND key NOT GLOB 'files/*'
  ORDER BY updated_at LIMIT 32)

-- name: ui_state_put
INSERT INTO ui_state (principal, key, subject_id, value, digest, updated_at, size)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, length(CAST(?4 AS BLOB)))
ON CONFLICT (principal, key) DO UPDATE SET value = excluded.value, digest = excluded.digest, updated_at = excluded.updated_at,
                                           size = excluded.size

-- name: ui_state_remove
DELETE FROM ui_state WHERE principal = ?1 AND key = ?2

-- name: ui_state_subject_from
SELECT DISTINCT subject_id FROM ui_state WHERE subject_id > ?1 ORDER BY subject_id LIMIT 1000

-- name: ui_state_forget
DELETE FROM ui_state WHERE subject_id = ?1

-- name: away_files
-- Of a turn that runs, what it has changed so far, if it began since. As list_turns counts them.
SELECT sum(max(t.files_changed, coalesce((SELECT max(w.files_changed) FROM checkpoint_within w WHERE w.agent_id = c.subject_id AND w.turn = t.idx), 0)))
FROM conversation c JOIN turn t ON t.conversation = c.number
WHERE c.subject_kind = 'agent' AND c.subject_id = ?1 AND coalesce(t.ended_at, t.started_at) >= ?2

-- name: place_of
-- One row at most: an id's prefix names its table. CROSS: messages are looked up per conversation, as their index is.
SELECT '/w/' || id AS path FROM workspace WHERE id = ?1 AND org_id = ?2 AND closed_at IS NULL
UNION ALL
SELECT iif(t.trash_id IS NULL AND t.closed_at IS NULL, '/w/' || w.id || '/review/' || t.id, '/recovery')
FROM worktree t JOIN workspace w ON w.id = t.workspace_id WHERE t.id = ?1 AND w.org_id = ?2
UNION ALL
SELECT '/w/' || w.id || '/a/' || a.id FROM agent a JOIN workspace w ON w.id = a.workspace_id WHERE a.id = ?1 AND w.org_id = ?2
UNION ALL
SELECT '/inbox?ask=' || id FROM ask WHERE id = ?1 AND org_id = ?2
UNION ALL
SELECT '/w/' || w.id || '/a/' || a.id || '?msg=' || m.id
FROM conversation c CROSS JOIN message m ON m.conversation = c.number AND m.id = ?1
CROSS JOIN agent a ON a.id = c.subject_id CROSS JOIN workspace w ON w.id = a.workspace_id
WHERE ?1 GLOB 'msg_*' AND c.subject_kind = 'agent' AND w.org_id = ?2
UNION ALL
SELECT '/recovery' FROM trash t JOIN workspace w ON w.id = t.workspace_id WHERE t.id = ?1 AND w.org_id = ?2
