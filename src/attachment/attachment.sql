-- name: org_of_attachment
SELECT org_id FROM attachment WHERE id = ?1

-- name: attachment_by_id
SELECT a.id, a.name, f.media_type, f.size, f.digest AS sha256, f.width, f.height, f.suffix, a.n_uses > 0 AS is_used, a.created_at
FROM attachment a JOIN attachment_file f ON f.digest = a.digest WHERE a.id = ?1

-- name: attachment_add_file
INSERT INTO attachment_file (digest, suffix, media_type, size, width, height) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (digest) DO UPDATE SET width = coalesce(width, excluded.width), height = coalesce(height, excluded.height)

-- name: attachment_count_file
SELECT count(*) FROM attachment_file WHERE digest = ?1

-- name: attachment_add
INSERT INTO attachment (id, digest, name, org_id, principal, created_at, unused_since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)

-- name: attachment_remove
DELETE FROM attachment WHERE id = ?1 AND n_uses = 0

-- name: attachment_remove_file
DELETE FROM attachment_file WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM attachment WHERE digest = ?1)

-- name: attachment_bytes
SELECT bytes FROM attachment_total WHERE one = 1

-- name: attachment_unused_before
SELECT id, digest FROM attachment WHERE n_uses = 0 AND unused_since < ?1 ORDER BY unused_since LIMIT ?2
