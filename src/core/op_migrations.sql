-- migration: 2026-11-21T10:10 op_tables
CREATE TABLE op_result (
    key TEXT PRIMARY KEY,
    op TEXT NOT NULL,
    digest BLOB NOT NULL,
    result TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX op_result_created ON op_result(created_at);

CREATE TABLE op_intent (
    id TEXT PRIMARY KEY,
    op TEXT NOT NULL,
    key TEXT,
    who TEXT NOT NULL,
    input TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    op TEXT NOT NULL,
    input TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- migration: 2026-11-21T18:50 op_result_cursors
ALTER TABLE op_result ADD COLUMN cursors TEXT;
