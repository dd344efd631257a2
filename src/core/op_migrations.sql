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

-- migration: 2026-11-22T10:01 op_principals
CREATE TABLE op_result_next (
    principal TEXT NOT NULL,        -- usr_…, or lch_… of a caller below a hold
    key TEXT NOT NULL,
    op TEXT NOT NULL,
    digest BLOB NOT NULL,
    result TEXT,
    cursors TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
INSERT INTO op_result_next SELECT 'usr_00000000000000000000000000', key, op, digest, result, cursors, created_at FROM op_result;
DROP TABLE op_result;
ALTER TABLE op_result_next RENAME TO op_result;
CREATE INDEX op_result_created ON op_result(created_at);

CREATE TABLE op_intent_next (
    id TEXT PRIMARY KEY,
    op TEXT NOT NULL,
    key TEXT,
    principal TEXT NOT NULL,
    input TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO op_intent_next
SELECT id, op, key, 'usr_00000000000000000000000000', input, state, created_at FROM op_intent;
DROP TABLE op_intent;
ALTER TABLE op_intent_next RENAME TO op_intent;

-- What people write is kept where it belongs, and not once more in here: a row names ids and the input's digest.
CREATE TABLE audit_next (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    principal TEXT NOT NULL,
    op TEXT NOT NULL,
    ids TEXT NOT NULL,              -- object of the input's ids by their names
    digest BLOB                     -- SHA-256 of operation and canonical input; NULL in rows of older versions
) STRICT;
INSERT INTO audit_next (id, at, principal, op, ids)
SELECT id, at, iif(who GLOB 'launch lch_*', substr(who, 8), 'usr_00000000000000000000000000'), op,
       iif(json_valid(input), (SELECT coalesce(json_group_object(key, value), '{}') FROM json_each(iif(json_valid(input), input, '{}'))
                               WHERE type = 'text' AND value GLOB '[a-z]*_[0-9a-z]*' AND length(value) < 40), '{}')
FROM audit;
DROP TABLE audit;
ALTER TABLE audit_next RENAME TO audit;
CREATE INDEX audit_at ON audit(at);

-- migration: 2026-11-22T17:50 setting_names
UPDATE setting SET name = 'max_context_warning' WHERE name = 'agent.context_warning';

-- migration: 2026-11-22T18:00 error_reports
CREATE TABLE error_report (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    report TEXT NOT NULL            -- ErrorReport as JSON, of the first time
) STRICT, WITHOUT ROWID;
CREATE INDEX error_report_at ON error_report(at);
