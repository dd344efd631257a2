-- migration: 2026-11-22T23:10 checkpoint_table
CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    workspace_id TEXT NOT NULL,
    worktree_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    turn INTEGER NOT NULL,
    tool_id TEXT,
    tool TEXT,
    marked_at INTEGER NOT NULL,     -- by the agent's log
    goes_on INTEGER NOT NULL,       -- the agent works, as far as is known
    state TEXT NOT NULL,
    seen_at INTEGER,
    is_exact INTEGER NOT NULL DEFAULT 0,
    is_late INTEGER NOT NULL DEFAULT 0,
    ref TEXT,                       -- several rows may share one
    commit_id TEXT,
    tree TEXT,
    head TEXT,
    files_changed INTEGER,
    left_out INTEGER,
    error TEXT
) STRICT;
CREATE INDEX checkpoint_listed ON checkpoint(worktree_id, number);
CREATE INDEX checkpoint_of_agent ON checkpoint(agent_id, number);
CREATE INDEX checkpoint_of_turn ON checkpoint(agent_id, turn, kind, number);
CREATE INDEX checkpoint_due ON checkpoint(state, worktree_id, number) WHERE state = 'due';
CREATE INDEX checkpoint_by_time ON checkpoint(marked_at);
CREATE INDEX checkpoint_by_ref ON checkpoint(ref) WHERE ref IS NOT NULL;

-- migration: 2026-11-23T03:52 checkpoint_store
-- Names the refs of this store: a repository may be open in several homes, and each deletes only its own.
CREATE TABLE checkpoint_store (id TEXT NOT NULL) STRICT;
INSERT INTO checkpoint_store VALUES ('st_' || lower(hex(randomblob(8))));

-- migration: 2026-11-24T00:25 checkpoint_within
-- Those of a turn that were compared with one of the same turn, while no other agent worked in the worktree: what differs there is
-- the turn's own. A snapshot that was taken late is compared with one from before the turn, and shows what others did as well.
CREATE VIEW checkpoint_within AS
SELECT c.agent_id, c.turn, c.files_changed
FROM checkpoint s CROSS JOIN checkpoint c
  ON c.agent_id = s.agent_id AND c.turn = s.turn AND c.kind IN ('before_tool', 'after_tool', 'turn_end') AND c.state = 'taken'
     AND c.is_late = 0 AND c.seen_at > s.seen_at
WHERE s.kind = 'turn_start' AND s.state = 'taken' AND s.is_late = 0
  AND NOT EXISTS (SELECT 1 FROM checkpoint o WHERE o.worktree_id = s.worktree_id AND o.number > s.number AND o.number < c.number
                  AND o.agent_id <> s.agent_id)
  AND NOT coalesce((SELECT o.goes_on FROM checkpoint o WHERE o.worktree_id = s.worktree_id AND o.number < s.number
                    AND o.agent_id <> s.agent_id ORDER BY o.number DESC LIMIT 1), 0);
