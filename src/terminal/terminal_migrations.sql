-- migration: 2026-11-23T08:10 terminal_table
CREATE TABLE terminal (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    worktree_id TEXT NOT NULL,
    agent_id TEXT,
    name TEXT NOT NULL,
    command TEXT,                   -- NULL: a login shell
    launch_id TEXT,
    state TEXT NOT NULL,
    exit_code INTEGER,
    detail TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX terminal_listed ON terminal(created_at, id);
CREATE INDEX terminal_alive ON terminal(worktree_id) WHERE ended_at IS NULL;
CREATE INDEX terminal_ended ON terminal(ended_at);

-- migration: 2026-11-23T10:30 terminal_title
ALTER TABLE terminal ADD COLUMN title TEXT; -- as the program set it
