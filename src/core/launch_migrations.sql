-- migration: 2026-11-21T10:20 launch_tables
CREATE TABLE launch (
    id TEXT PRIMARY KEY,
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    state TEXT NOT NULL,
    nonce TEXT NOT NULL,
    spec TEXT NOT NULL,
    role INTEGER NOT NULL,
    derived INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0,
    skip INTEGER NOT NULL DEFAULT 0,
    owner_state TEXT,
    n_inputs INTEGER NOT NULL DEFAULT 0,
    stop_asked INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX launch_alive ON launch(owner_id) WHERE ended_at IS NULL;
CREATE INDEX launch_owner ON launch(owner_id, created_at);

CREATE TABLE launch_input (
    launch TEXT NOT NULL REFERENCES launch(id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    cause TEXT NOT NULL,
    cause_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (launch, n)
) STRICT;

-- migration: 2026-11-21T18:20 launch_forgotten
CREATE TABLE launch_forgotten (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- migration: 2026-11-21T18:40 launch_lost_power
ALTER TABLE launch ADD COLUMN lost_power INTEGER NOT NULL DEFAULT 0;

-- migration: 2026-11-21T22:11 launch_ended_index
CREATE INDEX launch_by_end ON launch(ended_at, id);

-- migration: 2026-11-22T10:01 launch_begin
ALTER TABLE launch ADD COLUMN adapter TEXT;
ALTER TABLE launch ADD COLUMN adapter_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE launch ADD COLUMN principal TEXT NOT NULL DEFAULT 'usr_00000000000000000000000000';
ALTER TABLE launch ADD COLUMN owner_begin TEXT;

-- migration: 2026-11-22T14:10 launch_restored
ALTER TABLE launch ADD COLUMN restored INTEGER NOT NULL DEFAULT 0;
CREATE INDEX launch_input_recovered ON launch_input(launch, n) WHERE cause = 'recovered';

-- migration: 2026-11-24T00:20 launch_heard
ALTER TABLE launch ADD COLUMN heard_at INTEGER;
ALTER TABLE launch ADD COLUMN silent_since INTEGER;
