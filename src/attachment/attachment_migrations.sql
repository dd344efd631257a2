-- migration: 2026-11-23T10:40 attachments
-- The files of the folder, each once.
CREATE TABLE attachment_file (
    digest TEXT PRIMARY KEY,        -- SHA-256, hex
    suffix TEXT NOT NULL,           -- of its name, as its bytes say
    media_type TEXT NOT NULL,       -- likewise
    size INTEGER NOT NULL,
    width INTEGER,                  -- of an image, if its header says it
    height INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE attachment (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL REFERENCES attachment_file(digest),
    name TEXT NOT NULL,
    org_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    n_uses INTEGER NOT NULL DEFAULT 0,  -- messages that have it; whoever refers to it counts
    created_at INTEGER NOT NULL,
    unused_since INTEGER NOT NULL   -- its upload, or when the last message that had it went; without meaning in between
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_by_digest ON attachment(digest);
CREATE INDEX attachment_unused ON attachment(unused_since) WHERE n_uses = 0;
CREATE TRIGGER attachment_released AFTER UPDATE OF n_uses ON attachment WHEN new.n_uses = 0 AND old.n_uses > 0
BEGIN
    UPDATE attachment SET unused_since = unixepoch() * 1000000 WHERE id = new.id;
END;
CREATE TABLE attachment_total (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO attachment_total (one, bytes) VALUES (1, 0);
CREATE TRIGGER attachment_file_added AFTER INSERT ON attachment_file
BEGIN
    UPDATE attachment_total SET bytes = bytes + new.size WHERE one = 1;
END;
CREATE TRIGGER attachment_file_removed AFTER DELETE ON attachment_file
BEGIN
    UPDATE attachment_total SET bytes = bytes - old.size WHERE one = 1;
END;
