-- migration: 2026-11-24T20:40 eye_tables
CREATE TABLE eye (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL DEFAULT 'org_00000000000000000000000000',
    name TEXT NOT NULL,
    game_id TEXT,                   -- NULL: none was asked for
    game_digest TEXT,
    is_pattern INTEGER NOT NULL,
    config TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    detail TEXT,
    since INTEGER NOT NULL,
    held TEXT,
    launch_id TEXT,
    sockets TEXT,
    status TEXT,                    -- the newest alone
    status_at INTEGER,
    program TEXT,
    program_at INTEGER,
    last_reset TEXT,
    last_reset_at INTEGER,
    last_error TEXT,
    last_error_at INTEGER,
    errors INTEGER NOT NULL,
    exit_code INTEGER,
    news_at INTEGER,                -- when the row was last published
    is_news_due INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX eye_listed ON eye(org_id, created_at, id);
CREATE INDEX eye_alive ON eye(id) WHERE ended_at IS NULL;
CREATE INDEX eye_ended ON eye(ended_at);
CREATE TABLE eye_recording (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL,
    eye_id TEXT NOT NULL,
    game_id TEXT,
    game_digest TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    path TEXT NOT NULL,             -- relative to the data folder
    config TEXT NOT NULL,           -- of the eye, when it began
    steps INTEGER,
    bytes INTEGER,
    detail TEXT,
    replay_state TEXT,
    replay_eye_id TEXT,
    replay_steps INTEGER,
    replay_at INTEGER,
    replay_detail TEXT,
    differs_at INTEGER,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX eye_recording_listed ON eye_recording(org_id, created_at, id);
CREATE INDEX eye_recording_of ON eye_recording(eye_id, created_at);
CREATE UNIQUE INDEX eye_recording_path ON eye_recording(path);
