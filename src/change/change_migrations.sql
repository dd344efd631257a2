-- migration: 2026-11-22T20:40 change_base
CREATE TABLE change_base (
    workspace_id TEXT PRIMARY KEY,
    branch TEXT NOT NULL
) STRICT;
