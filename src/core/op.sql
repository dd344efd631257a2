-- name: op_result_by_key
SELECT op, digest, result, cursors FROM op_result WHERE key = ?1;

-- name: op_result_add
INSERT INTO op_result (key, op, digest, result, created_at, cursors) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: op_result_expire
DELETE FROM op_result WHERE key IN (SELECT key FROM op_result WHERE created_at < ?1 LIMIT 1000);

-- name: op_intent_add
INSERT INTO op_intent (id, op, key, who, input, state, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: op_intent_set_state
UPDATE op_intent SET state = ?2 WHERE id = ?1;

-- name: op_intent_remove
DELETE FROM op_intent WHERE id = ?1;

-- name: op_intents_open
SELECT id, op, coalesce(key, ''), who, input, state FROM op_intent ORDER BY created_at, id;

-- name: op_intent_count_open
SELECT count(*) FROM op_intent WHERE op = ?1 AND input ->> ?2 = ?3;

-- name: audit_add
INSERT INTO audit (at, who, op, input) VALUES (?1, ?2, ?3, ?4);

-- name: audit_expire
DELETE FROM audit WHERE at < ?1 AND id < (SELECT min(id) + 1000 FROM audit);

-- name: settings_all
SELECT name, value FROM setting;

-- name: setting_put
INSERT INTO setting (name, value, updated_at) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;

-- name: setting_remove
DELETE FROM setting WHERE name = ?1;
