-- migration: 2026-11-23T08:30 ui_state
CREATE TABLE ui_state (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    subject_id TEXT,                -- the row that the key names; NULL: none
    value TEXT NOT NULL,            -- canonical JSON
    digest TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX ui_state_by_subject ON ui_state(subject_id) WHERE subject_id IS NOT NULL;

-- migration: 2026-11-23T13:55 ui_state_size
ALTER TABLE ui_state ADD COLUMN size INTEGER NOT NULL DEFAULT 0; -- bytes of the value
UPDATE ui_state SET size = length(CAST(value AS BLOB));
CREATE INDEX ui_state_by_size ON ui_state(principal, size);
