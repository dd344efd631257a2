-- migration: 2026-11-21T10:00 test_thing
CREATE TABLE thing(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  is_big INTEGER,
  score REAL,
  state TEXT NOT NULL,
  tags TEXT,
  nested TEXT,
  parts TEXT,
  extra TEXT,
  made_at INTEGER
) STRICT;
CREATE TABLE n(v INTEGER PRIMARY KEY, body BLOB) STRICT;

-- migration: 2026-11-22T10:00 test_colour
ALTER TABLE thing ADD COLUMN colour TEXT;
