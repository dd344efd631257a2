-- name: change_base_of
SELECT branch FROM change_base WHERE workspace_id = ?1;

-- name: change_base_set
INSERT INTO change_base (workspace_id, branch) VALUES (?1, ?2)
ON CONFLICT (workspace_id) DO UPDATE SET branch = excluded.branch;

-- name: change_base_unset
DELETE FROM change_base WHERE workspace_id = ?1;
