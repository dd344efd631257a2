-- migration: 2026-11-21T10:45 usage_table
CREATE TABLE usage_day (
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    input INTEGER NOT NULL DEFAULT 0,
    output INTEGER NOT NULL DEFAULT 0,
    cache_read INTEGER NOT NULL DEFAULT 0,
    cache_creation INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, model, agent_id, workspace_id)
) STRICT, WITHOUT ROWID;

-- migration: 2026-11-22T10:03 usage_subject
CREATE TABLE usage_next (
    org_id TEXT NOT NULL,
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    workspace_id TEXT NOT NULL,     -- '' where the subject belongs to none
    input INTEGER NOT NULL DEFAULT 0,
    output INTEGER NOT NULL DEFAULT 0,
    cache_read INTEGER NOT NULL DEFAULT 0,
    cache_creation INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, day, model, subject_kind, subject_id, workspace_id)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_next
SELECT 'org_00000000000000000000000000', day, model, 'agent', agent_id, workspace_id, input, output, cache_read, cache_creation,
       cost_micros, requests, errors
FROM usage_day;
DROP TABLE usage_day;
ALTER TABLE usage_next RENAME TO usage_day;
-- What every usage event tells its readers, without adding up a week of rows each time.
CREATE TABLE usage_total (
    org_id TEXT NOT NULL,
    day TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    PRIMARY KEY (org_id, day)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_total SELECT org_id, day, sum(input + output + cache_read + cache_creation) FROM usage_day GROUP BY org_id, day;
