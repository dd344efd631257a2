-- name: test_thing_add
INSERT INTO thing(id, name, is_big, score, state, tags, nested, parts, extra, made_at)
VALUES(:id, :name, :is_big, :score, :state, :tags, :nested, :parts, :extra, :made_at)

-- name: test_thing_by_name
SELECT id, name, is_big, score, state, tags, nested, parts, extra, made_at FROM thing WHERE name = ?1

-- name: test_thing_all
SELECT id, name, is_big, score, state, tags, nested, parts, extra, made_at FROM thing ORDER BY id

-- name: test_n_add
INSERT INTO n(v) VALUES(?1)

-- name: test_n_add_blob
INSERT INTO n(v, body) VALUES(?1, ?2)

-- name: test_n_delete
DELETE FROM n

-- name: test_n_count
SELECT count(*) FROM n

-- name: test_n_has
SELECT count(*) FROM n WHERE v = ?1

-- name: test_n_all
SELECT v FROM n ORDER BY v

-- name: test_n_endless
WITH RECURSIVE c(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM c) SELECT max(v) FROM c
