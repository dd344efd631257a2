-- migration: 2026-11-21T10:20 workspace_tables
CREATE TABLE workspace (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    common_dir TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE worktree (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    branch TEXT NOT NULL,
    path TEXT NOT NULL,
    sort_mode TEXT NOT NULL,
    display_order INTEGER NOT NULL,
    is_main INTEGER NOT NULL,
    is_detached INTEGER NOT NULL,
    trash_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX worktree_by_path ON worktree(path) WHERE trash_id IS NULL;
CREATE INDEX worktree_by_workspace ON worktree(workspace_id, display_order);
CREATE TABLE trash (
    id TEXT PRIMARY KEY,
    worktree_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    place TEXT NOT NULL,
    common_dir TEXT NOT NULL,
    git_dir TEXT NOT NULL,
    branch TEXT,
    head TEXT,
    link TEXT NOT NULL,
    back_link TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    removed_at INTEGER NOT NULL
) STRICT;

-- migration: 2026-11-21T18:30 workspace_closed
CREATE TABLE workspace_next (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    common_dir TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
INSERT INTO workspace_next (id, name, path, common_dir, created_at, updated_at)
SELECT id, name, path, common_dir, created_at, updated_at FROM workspace;
DROP TABLE workspace;
ALTER TABLE workspace_next RENAME TO workspace;
CREATE UNIQUE INDEX workspace_by_path ON workspace(path) WHERE closed_at IS NULL;
ALTER TABLE worktree ADD COLUMN closed_at INTEGER;
UPDATE worktree SET closed_at = updated_at
WHERE trash_id IS NULL AND workspace_id NOT IN (SELECT id FROM workspace);
DROP INDEX worktree_by_path;
CREATE UNIQUE INDEX worktree_by_path ON worktree(path) WHERE trash_id IS NULL AND closed_at IS NULL;
CREATE INDEX worktree_closed_by_path ON worktree(path) WHERE closed_at IS NOT NULL;

-- migration: 2026-11-22T10:07 workspace_org
ALTER TABLE workspace ADD COLUMN org_id TEXT NOT NULL DEFAULT 'org_00000000000000000000000000';
CREATE INDEX workspace_by_org ON workspace(org_id);
CREATE INDEX trash_by_time ON trash(removed_at);

-- migration: 2026-11-22T20:30 worktree_status
-- What the watch saw last.
CREATE TABLE worktree_status (
    worktree_id TEXT PRIMARY KEY,
    ahead INTEGER,                  -- NULL, as the next: it could not be read
    behind INTEGER,
    staged INTEGER,
    modified INTEGER,
    untracked INTEGER,
    conflicted INTEGER,
    unverified INTEGER,
    added INTEGER,                  -- lines
    removed INTEGER,
    source TEXT NOT NULL,
    error TEXT,
    content_id TEXT,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX worktree_listed ON worktree(workspace_id, display_order, id) WHERE trash_id IS NULL AND closed_at IS NULL;

-- migration: 2026-11-22T20:36 workspace_copied
CREATE TABLE workspace_copied (
    workspace_id TEXT PRIMARY KEY,
    patterns TEXT NOT NULL          -- of ignored files that new worktrees get
) STRICT;

-- migration: 2026-11-22T20:40 change_base
CREATE TABLE change_base (
    workspace_id TEXT PRIMARY KEY,
    branch TEXT NOT NULL
) STRICT;

-- migration: 2026-11-24T00:10 clone
-- What runs, and what failed until it is dismissed.
CREATE TABLE clone (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL DEFAULT 'org_00000000000000000000000000',
    url TEXT NOT NULL,              -- without credentials
    path TEXT NOT NULL,
    state TEXT NOT NULL,            -- running or failed
    step TEXT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    tail TEXT NOT NULL,             -- of git's messages, masked
    error TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;

-- migration: 2026-11-24T03:55 worktree_missing
ALTER TABLE worktree_status ADD COLUMN missing TEXT;  -- what of it is gone: folder or repository

-- migration: 2026-11-24T14:40 worktree_base
-- How far it is from the branch that it lands on.
ALTER TABLE worktree_status ADD COLUMN base TEXT;
ALTER TABLE worktree_status ADD COLUMN base_ahead INTEGER;  -- commits
ALTER TABLE worktree_status ADD COLUMN base_behind INTEGER;
ALTER TABLE worktree_status ADD COLUMN base_files INTEGER;
ALTER TABLE worktree_status ADD COLUMN base_added INTEGER;  -- lines
ALTER TABLE worktree_status ADD COLUMN base_removed INTEGER;

-- migration: 2026-11-24T15:05 worktree_head
ALTER TABLE worktree_status ADD COLUMN is_added_least INTEGER;
ALTER TABLE worktree_status ADD COLUMN head TEXT;
ALTER TABLE worktree_status ADD COLUMN landed_head TEXT;  -- the commit of it that landed last and was not undone

-- migration: 2026-11-24T16:58 trash_of_repository
CREATE INDEX trash_by_repository ON trash(common_dir, id);
