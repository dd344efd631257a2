-- migration: 2026-11-22T20:35 script_tables
CREATE TABLE script (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    command TEXT NOT NULL,
    timeout_seconds INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX script_by_name ON script(workspace_id, kind, name);
CREATE TABLE script_run (
    id TEXT PRIMARY KEY,
    script_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    worktree_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    command TEXT NOT NULL,          -- as it ran
    content_id TEXT,                -- of the worktree when it began
    launch_id TEXT,
    state TEXT NOT NULL,
    exit_code INTEGER,
    detail TEXT,
    log_bytes INTEGER NOT NULL DEFAULT 0,
    dropped_bytes INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX script_run_listed ON script_run(worktree_id, started_at, id);
CREATE INDEX script_run_of ON script_run(worktree_id, script_id, started_at, id);
CREATE INDEX script_run_alive ON script_run(worktree_id) WHERE ended_at IS NULL;
CREATE TABLE script_log (
    run_id TEXT NOT NULL REFERENCES script_run(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,            -- bytes of output before these
    bytes TEXT NOT NULL,
    PRIMARY KEY (run_id, at)
) STRICT;
CREATE TABLE worktree_port (
    worktree_id TEXT PRIMARY KEY,
    first INTEGER NOT NULL UNIQUE   -- of ten
) STRICT;

-- migration: 2026-11-23T00:01 script_proposals
ALTER TABLE script ADD COLUMN is_proposed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE script_run ADD COLUMN notice TEXT;
CREATE TABLE script_proposal (
    workspace_id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,           -- of the repository's file, as it was accepted
    accepted_at INTEGER NOT NULL
) STRICT;

-- migration: 2026-11-23T00:05 script_run_ended
CREATE INDEX script_run_ended ON script_run(ended_at);

-- migration: 2026-11-23T03:50 script_run_end_content
ALTER TABLE script_run ADD COLUMN end_content_id TEXT; -- of the worktree after it had ended

-- migration: 2026-11-23T10:30 script_run_ports
ALTER TABLE script_run ADD COLUMN ports TEXT; -- JSON: what a run script listens on; NULL: nothing
