-- name: op_result_by_key
SELECT op, digest, result, cursors FROM op_result WHERE principal = ?1 AND key = ?2;

-- name: op_result_add
INSERT INTO op_result (principal, key, op, digest, result, cursors, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: op_results_naming
-- A few at a time, since each may be long; the keys of all, so that the next read begins after them.
SELECT principal, key, coalesce(instr(result, ?3), 0) > 0 FROM op_result WHERE (principal, key) > (?1, ?2)
ORDER BY principal, key LIMIT ?4;

-- name: op_result_blank
UPDATE op_result SET result = NULL WHERE principal = ?1 AND key = ?2;

-- name: op_result_expire
DELETE FROM op_result WHERE (principal, key) IN (SELECT principal, key FROM op_result WHERE created_at < ?1 LIMIT 1);

-- name: op_intent_add
INSERT INTO op_intent (id, op, key, principal, input, state, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: op_intent_set_state
UPDATE op_intent SET state = ?2 WHERE id = ?1;

-- name: op_intent_remove
DELETE FROM op_intent WHERE id = ?1;

-- name: op_intents_open
SELECT id, op, coalesce(key, ''), principal, input, state FROM op_intent ORDER BY created_at, id;

-- name: op_intents_listed
SELECT id, op AS operation, input ->> '$.workspaceId' AS workspace_id, input ->> '$.worktreeId' AS worktree_id,
       created_at AS begun_at, created_at < ?1 AS is_interrupted
FROM op_intent ORDER BY created_at, id LIMIT ?2;

-- name: op_intent_count_open
SELECT count(*) FROM op_intent WHERE op = ?1 AND input ->> ?2 = ?3;

-- name: op_intent_count_naming
SELECT count(*) FROM op_intent WHERE op = ?1 AND instr(state, '"' || ?2 || '"') > 0;

-- name: audit_add
INSERT INTO audit (at, principal, op, ids, digest) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: audit_expire
DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 LIMIT 10);

-- name: settings_all
SELECT name, value FROM setting;

-- name: setting_put
INSERT INTO setting (name, value, updated_at) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;

-- name: setting_remove
DELETE FROM setting WHERE name = ?1;

-- name: error_reports
SELECT id, at, last_at, times, report FROM error_report WHERE at > 0 ORDER BY at DESC LIMIT ?1;

-- name: error_report_put
INSERT INTO error_report (id, at, last_at, times, report) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, times = excluded.times;

-- name: error_report_trim
-- All but those that ?1, a JSON list of ids, names: the clock may have been set back meanwhile.
DELETE FROM error_report WHERE id NOT IN (SELECT value FROM json_each(?1));
