-- The store's own statements: transactions, migrations, the marks of start and shutdown.

-- name: db_make_migration
CREATE TABLE IF NOT EXISTS migration(
  time TEXT NOT NULL,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  PRIMARY KEY(time, name)
) STRICT, WITHOUT ROWID

-- name: db_make_meta
CREATE TABLE IF NOT EXISTS store_meta(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID

-- name: db_begin_read
BEGIN

-- name: db_begin_write
BEGIN IMMEDIATE

-- name: db_commit
COMMIT

-- name: db_rollback
ROLLBACK

-- name: db_savepoint
SAVEPOINT closure

-- name: db_release
RELEASE closure

-- name: db_undo
ROLLBACK TO closure

-- name: db_meta_get
SELECT value FROM store_meta WHERE key = ?1

-- name: db_meta_put
INSERT INTO store_meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value

-- name: db_meta_remove
DELETE FROM store_meta WHERE key = ?1

-- name: db_migration_all
SELECT time, name, checksum FROM migration ORDER BY time, name

-- name: db_migration_add
INSERT INTO migration(time, name, checksum, applied_at) VALUES(?1, ?2, ?3, ?4)

-- name: db_quick_check
PRAGMA quick_check(1)

-- name: db_vacuum_into
VACUUM INTO ?1

-- name: db_used_bytes
SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size

-- name: db_free_bytes
SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size
