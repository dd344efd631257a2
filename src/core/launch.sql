-- name: launch_insert
INSERT INTO launch (id, owner_kind, owner_id, state, nonce, spec, role, owner_begin, adapter, principal, created_at)
VALUES (:id, :owner_kind, :owner_id, :state, :nonce, :spec, :role, :owner_begin, :adapter, :principal, :created_at);

-- name: launch_by_id
SELECT id, owner_kind, owner_id, state, nonce, spec, role, derived, seen, skip, owner_state, owner_begin, adapter, principal, n_inputs, stop_asked,
       lost_power, restored, created_at, ended_at
FROM launch WHERE id = ?1;

-- name: launch_alive_of
SELECT id, owner_kind, owner_id, state, nonce, spec, role, derived, seen, skip, owner_state, owner_begin, adapter, principal, n_inputs, stop_asked,
       lost_power, restored, created_at, ended_at
FROM launch WHERE owner_id = ?1 AND ended_at IS NULL;

-- name: launches_alive
SELECT id, owner_kind, owner_id, state, nonce, spec, role, derived, seen, skip, owner_state, owner_begin, adapter, principal, n_inputs, stop_asked,
       lost_power, restored, created_at, ended_at
FROM launch WHERE ended_at IS NULL ORDER BY id;

-- name: launches_ended_since
SELECT id, owner_kind, owner_id, state, nonce, spec, role, derived, seen, skip, owner_state, owner_begin, adapter, principal, n_inputs, stop_asked,
       lost_power, restored, created_at, ended_at
FROM launch WHERE ended_at > ?1 ORDER BY ended_at, id;

-- name: launch_exists
SELECT count(*) FROM launch WHERE id = ?1;

-- name: launches_over
SELECT id, NOT EXISTS (SELECT 1 FROM launch later WHERE later.owner_id = launch.owner_id AND later.id > launch.id)
FROM launch WHERE ended_at < ?1 AND id > ?2 ORDER BY id LIMIT ?3;

-- name: launches_derived
SELECT id, derived FROM launch WHERE ended_at IS NULL;

-- name: launch_forget
DELETE FROM launch WHERE id = ?1 AND ended_at IS NOT NULL;

-- name: launches_ended_of
SELECT id, 0 FROM launch WHERE owner_id = ?1 AND ended_at IS NOT NULL;

-- name: launch_remove_input
DELETE FROM launch_input WHERE launch = ?1 AND n = (SELECT min(n) FROM launch_input WHERE launch = ?1);

-- name: launch_shrink
UPDATE launch SET spec = '{}' WHERE id = ?1 AND ended_at IS NOT NULL AND spec <> '{}';

-- name: launch_add_forgotten
INSERT INTO launch_forgotten(id) SELECT id FROM launch WHERE id = ?1 AND ended_at IS NOT NULL;

-- name: launches_forgotten
SELECT id, 0 FROM launch_forgotten;

-- name: launch_end_forgotten
DELETE FROM launch_forgotten WHERE id = ?1;

-- name: launch_set_place
UPDATE launch SET derived = ?2, seen = ?3, skip = ?4, owner_state = ?5, heard_at = coalesce(nullif(?6, 0), heard_at) WHERE id = ?1;

-- name: launch_set_silent
-- Unless it was heard in the meantime.
UPDATE launch SET silent_since = ?2
WHERE id = ?1 AND silent_since IS NULL AND ended_at IS NULL AND coalesce(heard_at, 0) <= ?2;

-- name: launch_end_silence
UPDATE launch SET silent_since = NULL WHERE id = ?1 AND silent_since IS NOT NULL;

-- name: launch_set_ended
UPDATE launch SET state = ?2, ended_at = ?3 WHERE id = ?1 AND ended_at IS NULL;

-- name: launch_set_stop_asked
UPDATE launch SET stop_asked = 1 WHERE id = ?1 AND ended_at IS NULL;

-- name: launches_distrust
UPDATE launch SET lost_power = 1 WHERE ended_at IS NULL;

-- name: launch_next_input
UPDATE launch SET n_inputs = n_inputs + 1 WHERE id = ?1 AND ended_at IS NULL RETURNING n_inputs;

-- name: launch_input_add
INSERT INTO launch_input (launch, n, bytes, cause, cause_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: launch_input_by_n
SELECT bytes FROM launch_input WHERE launch = ?1 AND n = ?2;

-- name: launch_input_number
SELECT coalesce(max(n), 0) FROM launch_input WHERE launch = ?1 AND cause_id = ?2;

-- name: launch_input_cause
SELECT cause, cause_id FROM launch_input WHERE launch = ?1 AND n = ?2;

-- name: launch_room
-- Estimates the bytes that the rows take from at most 200 of them, evenly spread; with fewer rows it is the exact sum.
WITH RECURSIVE ends(low, high) AS (SELECT (SELECT min(rowid) FROM launch), (SELECT max(rowid) FROM launch)),
nth(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM nth WHERE i < 199),
picked(at) AS (SELECT DISTINCT low + (high - low) * i / 199 FROM ends, nth)
SELECT CAST((SELECT sum(coalesce(length(CAST(spec AS BLOB)), 0) + coalesce(length(CAST(owner_state AS BLOB)), 0) + coalesce(length(CAST(owner_begin AS BLOB)), 0) + 100) FROM launch WHERE rowid IN (SELECT at FROM picked)) * (high - low + 1.0)
            / (SELECT count(*) FROM picked) AS INTEGER)
FROM ends;

-- name: launch_input_room
WITH RECURSIVE ends(low, high) AS (SELECT (SELECT min(rowid) FROM launch_input), (SELECT max(rowid) FROM launch_input)),
nth(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM nth WHERE i < 199),
picked(at) AS (SELECT DISTINCT low + (high - low) * i / 199 FROM ends, nth)
SELECT CAST((SELECT sum(length(bytes) + 100) FROM launch_input WHERE rowid IN (SELECT at FROM picked)) * (high - low + 1.0)
            / (SELECT count(*) FROM picked) AS INTEGER)
FROM ends;

-- name: launch_input_restore
INSERT INTO launch_input (launch, n, bytes, cause, cause_id, at) VALUES (?1, ?2, ?3, 'recovered', '', ?4);

-- name: launch_set_restored
UPDATE launch SET n_inputs = ?2, restored = 1 WHERE id = ?1;

-- name: launch_end_restored
UPDATE launch SET restored = 0 WHERE id = ?1;

-- name: launch_input_claim
UPDATE launch_input SET cause = ?3, cause_id = ?4
WHERE launch = ?1 AND n = (SELECT min(n) FROM launch_input WHERE launch = ?1 AND cause = 'recovered' AND bytes = ?2);

-- name: launch_input_claim_number
UPDATE launch_input SET cause = ?3, cause_id = ?4 WHERE launch = ?1 AND n = ?2 AND cause = 'recovered';
