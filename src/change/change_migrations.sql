-- migration: 2026-11-22T20:41 change_landing
CREATE TABLE change_landing (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    worktree_id TEXT NOT NULL,
    base_ref TEXT NOT NULL,
    from_id TEXT NOT NULL,
    to_id TEXT NOT NULL,
    head_id TEXT NOT NULL,
    how TEXT NOT NULL,
    landed_at INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;
CREATE INDEX change_landing_by_worktree ON change_landing(worktree_id, landed_at);

-- migration: 2026-11-22T20:42 change_comment
CREATE TABLE change_comment (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    worktree_id TEXT NOT NULL,
    path TEXT NOT NULL,
    side TEXT NOT NULL,
    line INTEGER NOT NULL,
    line_text TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    sent_at INTEGER
) STRICT;
CREATE INDEX change_comment_by_worktree ON change_comment(worktree_id, path, side, line, id);

-- migration: 2026-11-23T00:20 change_comment_from
ALTER TABLE change_comment ADD COLUMN "from" TEXT;
DROP INDEX change_comment_by_worktree;
CREATE INDEX change_comment_by_worktree ON change_comment(worktree_id, path, side, "from", line, id);

-- migration: 2026-11-23T07:31 change_comment_message
-- The prompt in which it was sent; NULL also for those that were sent before this was stored.
ALTER TABLE change_comment ADD COLUMN message_id TEXT;
CREATE INDEX change_comment_by_message ON change_comment(message_id) WHERE message_id IS NOT NULL;

-- migration: 2026-11-23T21:30 change_landing_whose
-- NULL of landings before this was stored; the branch also where the worktree had none.
ALTER TABLE change_landing ADD COLUMN branch TEXT;
ALTER TABLE change_landing ADD COLUMN landed_by TEXT;
CREATE INDEX change_landing_by_workspace ON change_landing(workspace_id, id);

-- migration: 2026-11-24T00:30 change_queue
CREATE TABLE change_queue (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    state TEXT NOT NULL,
    is_cancelled INTEGER NOT NULL DEFAULT 0,
    started_by TEXT NOT NULL,
    role INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX change_queue_by_workspace ON change_queue(workspace_id, id);
CREATE UNIQUE INDEX change_queue_open ON change_queue(workspace_id) WHERE ended_at IS NULL;
CREATE TABLE change_queue_row (
    queue TEXT NOT NULL REFERENCES change_queue(id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    worktree_id TEXT NOT NULL,
    head_id TEXT,
    how TEXT NOT NULL,
    message TEXT,
    ignore_checks INTEGER NOT NULL,
    is_seen INTEGER NOT NULL DEFAULT 0, -- its head was compared
    state TEXT NOT NULL,
    step TEXT,
    step_at INTEGER,
    passed INTEGER,
    checks INTEGER,
    text TEXT,
    conflicts TEXT,
    landing_id TEXT,
    to_id TEXT,
    PRIMARY KEY (queue, n)
) STRICT;

-- migration: 2026-11-24T15:06 change_landed_heads
UPDATE worktree_status SET landed_head = (SELECT head_id FROM change_landing l
    WHERE l.worktree_id = worktree_status.worktree_id AND l.undone_at IS NULL ORDER BY landed_at DESC LIMIT 1);

-- migration: 2026-11-24T21:40 change_comment_deleted
ALTER TABLE change_comment ADD COLUMN deleted_at INTEGER;
CREATE INDEX change_comment_by_deleted ON change_comment(worktree_id, deleted_at) WHERE deleted_at IS NOT NULL;
