-- migration: 2026-11-21T10:00 streams
CREATE TABLE stream(
  number INTEGER PRIMARY KEY,
  topic TEXT UNIQUE,              -- NULL: an older generation whose events still have to be deleted
  generation INTEGER NOT NULL,
  dropped_seq INTEGER NOT NULL,   -- the greatest seq that is no longer kept
  oldest_at INTEGER               -- of the first event that is kept; NULL when there is none
) STRICT;
CREATE INDEX stream_oldest ON stream(oldest_at) WHERE oldest_at IS NOT NULL;

CREATE TABLE event_word(
  number INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE       -- a kind, or a launch
) STRICT;

CREATE TABLE event(
  id INTEGER PRIMARY KEY,         -- stream number << 40 | seq
  kind INTEGER NOT NULL,          -- event_word
  at INTEGER NOT NULL,
  payload TEXT,                   -- one JSON object; NULL where a parent topic shows the event `source`
  source INTEGER,                 -- event of the child
  launch INTEGER,                 -- event_word
  log_offset INTEGER,
  log_index INTEGER
) STRICT;

-- migration: 2026-11-22T10:00 orgs
CREATE TABLE org (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE user (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL REFERENCES org(id),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_by_org ON user(org_id);
-- The one person of this machine: everything that was stored before there were users is theirs.
INSERT INTO org VALUES ('org_00000000000000000000000000', 'local', unixepoch() * 1000000);
INSERT INTO user VALUES ('usr_00000000000000000000000000', 'org_00000000000000000000000000', 'owner', unixepoch() * 1000000);

-- The row '' keeps the generation with which a stream begins that nobody wrote to.
INSERT INTO stream (topic, generation, dropped_seq) VALUES ('', 1, 0);
UPDATE stream SET topic = topic || '/org_00000000000000000000000000' WHERE topic IN ('inbox', 'usage');

-- migration: 2026-11-22T15:10 stream_numbers
-- AUTOINCREMENT: events of parents refer to the number of a stream that was removed, so it is never assigned again.
CREATE TABLE stream_next(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT UNIQUE,
  generation INTEGER NOT NULL,
  dropped_seq INTEGER NOT NULL,
  oldest_at INTEGER
) STRICT;
INSERT INTO stream_next SELECT number, topic, generation, dropped_seq, oldest_at FROM stream;
DROP TABLE stream;
ALTER TABLE stream_next RENAME TO stream;
CREATE INDEX stream_oldest ON stream(oldest_at) WHERE oldest_at IS NOT NULL;
