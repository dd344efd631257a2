-- name: agent_insert
INSERT INTO agent (id, worktree_id, workspace_id, name, mode, permissions, display_order, adapter, command, model, effort, profile_id, environment, limits, is_demo,
                   created_at, updated_at, parent_agent_id)
VALUES (:id, :worktree_id, :workspace_id, :name, :mode, :permissions,
        (SELECT coalesce(max(display_order) + 1, 0) FROM agent WHERE worktree_id = :worktree_id),
        :adapter, :command, :model, :effort, :profile_id, :environment, :limits, :is_demo, :created_at, :updated_at, :parent_agent_id);

-- name: agent_by_id
SELECT agent.id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id, environment, (SELECT org_id FROM workspace WHERE workspace.id = agent.workspace_id) AS org_id
FROM agent JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE agent.id = ?1;

-- name: agent_list
SELECT agent.id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id
-- A cross join keeps the order of agent's index, so that reading stops at the limit. Without ?3 a list begins at the first agent.
FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE (deleted_at IS NOT NULL) <= ?2 AND (?1 IS NULL OR status = ?1)
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = agent.workspace_id AND w.org_id <> ?5)
  AND (deleted_at IS NOT NULL, worktree_id, display_order, agent.id)
      > (SELECT deleted_at IS NOT NULL, worktree_id, display_order, id FROM agent WHERE id = ?3 UNION ALL SELECT -1, '', 0, '' LIMIT 1)
ORDER BY deleted_at IS NOT NULL, worktree_id, display_order, agent.id LIMIT ?4;

-- name: agent_list_of_worktree
SELECT agent.id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id
FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE worktree_id = ?1 AND (deleted_at IS NOT NULL) <= ?3 AND (?2 IS NULL OR status = ?2)
  AND (deleted_at IS NOT NULL, display_order, agent.id)
      > (SELECT deleted_at IS NOT NULL, display_order, id FROM agent WHERE id = ?4 UNION ALL SELECT -1, 0, '' LIMIT 1)
ORDER BY deleted_at IS NOT NULL, display_order, agent.id LIMIT ?5;

-- name: worktree_sorts_agents
SELECT sort_mode <> 'free' FROM worktree WHERE id = ?1;

-- name: agent_list_sorted
-- As the worktree's sort_mode says; archived ones stand behind the others in their own order.
WITH place(id, archived, rank, word, display_order) AS (
    SELECT agent.id, deleted_at IS NOT NULL,
           iif(sort_mode = 'status' AND deleted_at IS NULL, CASE status WHEN 'running' THEN 0 WHEN 'waiting' THEN 1 WHEN 'error' THEN 2 ELSE 3 END, 0),
           iif(sort_mode = 'name' AND deleted_at IS NULL, lower(agent.name), ''), agent.display_order
    FROM worktree
    CROSS JOIN agent ON agent.worktree_id = worktree.id
    CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
    WHERE worktree.id = ?1)
SELECT agent.id, agent.worktree_id, workspace_id, agent.name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       agent.display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id
FROM place CROSS JOIN agent ON agent.id = place.id CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE archived <= ?3 AND (?2 IS NULL OR status = ?2)
  AND (archived, rank, word, place.display_order, place.id)
      > (SELECT archived, rank, word, display_order, id FROM place WHERE id = ?4 UNION ALL SELECT -1, 0, '', 0, '' LIMIT 1)
ORDER BY archived, rank, word, place.display_order, place.id LIMIT ?5;

-- name: agent_deleted_list
SELECT agent.id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id
FROM agent JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE worktree_id = ?1 AND (deleted_at IS NOT NULL) = 1 ORDER BY deleted_at DESC, agent.id LIMIT ?2;

-- name: agents_running
SELECT agent.id FROM launch CROSS JOIN agent ON agent.id = launch.owner_id
WHERE launch.ended_at IS NULL AND launch.owner_kind = 'agent' AND (?1 IS NULL OR workspace_id = ?1) AND (?2 IS NULL OR worktree_id = ?2)
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = agent.workspace_id AND w.org_id <> ?3)
ORDER BY agent.id;

-- name: agents_unheard
-- Running, not known to be silent, and nothing was heard of them after ?1: in the order in which that becomes old.
SELECT l.id, l.owner_id, max(coalesce(l.heard_at, l.created_at), coalesce(c.status_since, 0)) AS since, l.seen
FROM launch l CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = l.owner_id AND c.launch_id = l.id
WHERE l.ended_at IS NULL AND l.owner_kind = 'agent' AND l.silent_since IS NULL AND c.status = 'running' AND c.status_reason <> 'held'
  AND max(coalesce(l.heard_at, l.created_at), coalesce(c.status_since, 0)) <= ?1
ORDER BY since LIMIT ?2;

-- name: agents_silent
-- Whose launch began before ?1 and that still open their session.
SELECT agent.id, worktree_id, workspace_id, name, c.status, status_reason, status_source, mode, permissions, display_order, agent.adapter,
       context_level, is_resumable, c.launch_id, agent.created_at, agent.updated_at, was_retried
FROM launch CROSS JOIN agent ON agent.id = launch.owner_id
CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id AND c.launch_id = launch.id
WHERE launch.ended_at IS NULL AND launch.owner_kind = 'agent' AND launch.stop_asked = 0 AND c.status_reason = 'starting'
  AND c.started_at < ?1
ORDER BY launch.id LIMIT ?2;

-- name: agents_archived_before
SELECT id FROM agent WHERE deleted_at < ?1 AND id > ?2 ORDER BY id LIMIT 100;

-- name: agent_deleted_count
SELECT count(*) FROM agent WHERE worktree_id = ?1 AND (deleted_at IS NOT NULL) = 1;

-- name: agent_count_of_worktree
SELECT count(*) FROM agent WHERE worktree_id = ?1 AND (deleted_at IS NOT NULL) = 0;

-- name: agent_name_number
WITH RECURSIVE taken(n) AS (
    SELECT 1
    UNION ALL
    SELECT n + 1 FROM taken WHERE EXISTS (SELECT 1 FROM agent WHERE workspace_id = ?1 AND name = iif(n = 1, ?2, ?2 || ' ' || n)))
SELECT max(n) FROM taken;

-- name: agent_count_of_workspace
SELECT count(*) FROM agent WHERE workspace_id = ?1 AND deleted_at IS NULL;

-- name: agent_count_alive_of_worktree
SELECT count(*) FROM agent JOIN launch ON launch.owner_id = agent.id AND launch.ended_at IS NULL WHERE worktree_id = ?1;

-- name: agent_count_engaged_of_worktree
-- Those that run and are not at rest: a turn, a prompt that waits, a command in the background.
SELECT count(*) FROM agent a
JOIN launch l ON l.owner_kind = 'agent' AND l.owner_id = a.id AND l.ended_at IS NULL
JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = a.id
WHERE a.worktree_id = ?1
  AND (c.status IN ('running', 'waiting') OR coalesce(status_state ->> '$.now.backgroundCommands', 0) > 0
       OR EXISTS (SELECT 1 FROM turn t WHERE t.conversation = c.number AND t.outcome = 'running')
       OR EXISTS (SELECT 1 FROM message m WHERE m.conversation = c.number AND m.state = 'queued'));

-- name: agent_alive_of_worktree
SELECT a.id FROM agent a JOIN launch l ON l.owner_kind = 'agent' AND l.owner_id = a.id AND l.ended_at IS NULL
WHERE a.worktree_id = ?1 ORDER BY a.id LIMIT ?2;

-- name: agent_count_busy_of_worktree
SELECT count(*) FROM agent a
JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = a.id
JOIN turn t ON t.conversation = c.number AND t.outcome = 'running'
WHERE a.worktree_id = ?1;

-- name: agent_set_retried
UPDATE agent SET was_retried = ?2, updated_at = ?3 WHERE id = ?1;

-- name: agent_set_deleted
UPDATE agent SET deleted_at = ?2, went_with_worktree = 0, updated_at = ?3 WHERE id = ?1;

-- name: agent_move
UPDATE agent SET worktree_id = ?2, workspace_id = (SELECT workspace_id FROM worktree WHERE id = ?2),
                 display_order = (SELECT coalesce(max(display_order) + 1, 0) FROM agent WHERE worktree_id = ?2)
WHERE id = ?1;

-- name: agent_remove
DELETE FROM agent WHERE id = ?1;

-- name: agent_update
UPDATE agent SET name = coalesce(?2, name), mode = coalesce(?3, mode), permissions = coalesce(?4, permissions),
                 limits = coalesce(?5, limits), effort = coalesce(?7, effort), model = coalesce(?8, model), updated_at = ?6
WHERE id = ?1;

-- name: agent_set_option
UPDATE agent SET model = iif(?2 = 'model', ?3, model), effort = iif(?2 = 'effort', ?3, effort), mode = iif(?2 = 'mode', ?3, mode),
                 permissions = iif(?2 = 'permissions', ?3, permissions), updated_at = ?4
WHERE id = ?1;

-- name: option_add
INSERT INTO agent_option (agent_id, launch_id, input, option, was) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: option_forget_others
DELETE FROM agent_option WHERE agent_id = ?1 AND launch_id <> ?2;

-- name: option_sent
SELECT option, was FROM agent_option WHERE launch_id = ?1 AND input = ?2;

-- name: option_count_open
SELECT count(*) FROM agent_option WHERE launch_id = ?1 AND option = ?2;

-- name: option_forget
DELETE FROM agent_option WHERE launch_id = ?1 AND input = ?2;

-- name: option_was
UPDATE agent_option SET was = ?4
WHERE launch_id = ?1 AND input = (SELECT min(n.input) FROM agent_option n WHERE n.launch_id = ?1 AND n.input > ?2 AND n.option = ?3);

-- name: agent_set_order
UPDATE agent SET display_order = ?2 WHERE id = ?1;

-- name: agents_of_worktree_gone
UPDATE agent SET deleted_at = ?2, went_with_worktree = 1, updated_at = ?2
WHERE worktree_id = ?1 AND (deleted_at IS NOT NULL) = 0;

-- name: agents_of_worktree_back
UPDATE agent SET deleted_at = iif(went_with_worktree, NULL, deleted_at), went_with_worktree = 0, workspace_id = ?2,
                 updated_at = ?3
WHERE worktree_id = ?1;

-- name: agent_count_by_status
-- A cross join reads only the living by agent's index.
SELECT c.status, 0, count(*) FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE (deleted_at IS NOT NULL) = 0 GROUP BY c.status
UNION ALL
SELECT '', 1, count(*) FROM agent WHERE (deleted_at IS NOT NULL) = 1;

-- name: agent_archived_list
-- Newest first, behind ?4, else from the newest, whose names contain ?3. Without ?1 and ?2: see agent_archived_of.
SELECT agent.id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id
FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE deleted_at IS NOT NULL AND ?1 IS NULL AND ?2 IS NULL
  AND (?3 IS NULL OR instr(lower(name), lower(?3)) > 0)
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = agent.workspace_id AND w.org_id <> ?6)
  AND (deleted_at, agent.id) < (SELECT deleted_at, id FROM agent WHERE id = ?4 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
ORDER BY deleted_at DESC, agent.id DESC LIMIT ?5;

-- name: agent_archived_of
-- The same of the worktree ?2 or the workspace ?1, through the index of its workspace.
SELECT agent.id, worktree_id, workspace_id, name, status, status_reason, status_source, status_since, status_detail, retry_at,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, permissions,
       display_order, adapter, command, model, effort, profile_id, limits, is_demo, session_id,
       is_resumable, fork_session_id, was_retried, launch_id, agent.created_at, max(agent.updated_at, c.updated_at) AS updated_at, started_at, stopped_at,
       deleted_at, parent_agent_id
FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
WHERE deleted_at IS NOT NULL AND workspace_id = coalesce(?1, (SELECT workspace_id FROM agent WHERE worktree_id = ?2 LIMIT 1))
  AND (?2 IS NULL OR worktree_id = ?2)
  AND (?3 IS NULL OR instr(lower(name), lower(?3)) > 0)
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = agent.workspace_id AND w.org_id <> ?6)
  AND (deleted_at, agent.id) < (SELECT deleted_at, id FROM agent WHERE id = ?4 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
ORDER BY deleted_at DESC, agent.id DESC LIMIT ?5;

-- name: profile_add
INSERT INTO launch_profile (id, workspace_id, name, adapter, command, model, effort, mode, permissions, limits, environment, display_order,
                            created_at, updated_at)
VALUES (:id, :workspace_id, :name, :adapter, :command, :model, :effort, :mode, :permissions, :limits, :environment, :display_order, :created_at,
        :updated_at);

-- name: profile_set
UPDATE launch_profile SET name = :name, adapter = :adapter, command = :command, model = :model, effort = :effort, mode = :mode,
    permissions = :permissions, limits = :limits, environment = :environment, updated_at = :updated_at
WHERE id = :id;

-- name: profile_by_id
SELECT id, workspace_id, name, adapter, command, model, effort, mode, permissions, limits, environment, display_order, created_at, updated_at
FROM launch_profile WHERE id = ?1 AND workspace_id = ?2;

-- name: profile_list
SELECT id, workspace_id, name, adapter, command, model, effort, mode, permissions, limits, environment, display_order, created_at, updated_at
FROM launch_profile WHERE workspace_id = ?1 ORDER BY display_order, id;

-- name: profile_counts
SELECT count(*), coalesce(max(display_order) + 1, 0) FROM launch_profile WHERE workspace_id = ?1;

-- name: profile_named
SELECT count(*) FROM launch_profile WHERE workspace_id = ?1 AND name = ?2 AND id <> ?3;

-- name: profile_set_order
UPDATE launch_profile SET display_order = ?2 WHERE id = ?1;

-- name: profile_remove
DELETE FROM launch_profile WHERE id = ?1;

-- name: agent_overview_one
SELECT agent.id, agent.worktree_id, agent.workspace_id, agent.name, c.status, status_reason, status_source, status_since, status_detail, retry_at,
       (SELECT heard_at FROM launch WHERE launch.id = c.launch_id) AS heard_at,
       (SELECT silent_since FROM launch WHERE launch.id = c.launch_id AND c.status = 'running' AND c.status_reason <> 'held') AS silent_since,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, adapter, model, effort, is_demo,
       display_order, last_line, tokens, c.cost_micros,
       (SELECT count(*) FROM message m WHERE m.conversation = c.number AND m.state = 'queued') AS queue_length,
       (SELECT count(*) FROM ask o WHERE o.subject_kind = 'agent' AND o.subject_id = agent.id AND o.state = 'open') AS open_asks,
       k.id AS ask_id, k.kind AS ask_kind, k.tool AS ask_tool, k.title AS ask_title, k.created_at AS ask_at,
       s.ahead, s.behind, s.staged, s.modified, s.untracked, s.conflicted, s.added, s.removed,
       started_at, stopped_at, deleted_at,
       (SELECT org_id FROM workspace WHERE workspace.id = agent.workspace_id) AS org_id
FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
LEFT JOIN worktree_status s ON s.worktree_id = agent.worktree_id
LEFT JOIN ask k ON k.id = (SELECT o.id FROM ask o WHERE o.subject_kind = 'agent' AND o.subject_id = agent.id AND o.state = 'open'
                           ORDER BY o.created_at, o.id LIMIT 1)
WHERE agent.id = ?1;

-- name: agent_overview_list
-- From behind ?2, else from the first; of the workspace ?1, else of all, whose ids are less than `x`.
SELECT agent.id, agent.worktree_id, agent.workspace_id, agent.name, c.status, status_reason, status_source, status_since, status_detail, retry_at,
       (SELECT heard_at FROM launch WHERE launch.id = c.launch_id) AS heard_at,
       (SELECT silent_since FROM launch WHERE launch.id = c.launch_id AND c.status = 'running' AND c.status_reason <> 'held') AS silent_since,
       status_state ->> '$.now.backgroundCommands' AS background_commands, context_level, context_assumed, mode, adapter, model, effort, is_demo,
       display_order, last_line, tokens, c.cost_micros,
       (SELECT count(*) FROM message m WHERE m.conversation = c.number AND m.state = 'queued') AS queue_length,
       (SELECT count(*) FROM ask o WHERE o.subject_kind = 'agent' AND o.subject_id = agent.id AND o.state = 'open') AS open_asks,
       k.id AS ask_id, k.kind AS ask_kind, k.tool AS ask_tool, k.title AS ask_title, k.created_at AS ask_at,
       s.ahead, s.behind, s.staged, s.modified, s.untracked, s.conflicted, s.added, s.removed,
       started_at, stopped_at, deleted_at
FROM agent CROSS JOIN conversation c ON c.subject_kind = 'agent' AND c.subject_id = agent.id
LEFT JOIN worktree_status s ON s.worktree_id = agent.worktree_id
LEFT JOIN ask k ON k.id = (SELECT o.id FROM ask o WHERE o.subject_kind = 'agent' AND o.subject_id = agent.id AND o.state = 'open'
                           ORDER BY o.created_at, o.id LIMIT 1)
WHERE agent.deleted_at IS NULL AND agent.workspace_id <= coalesce(?1, 'x')
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = agent.workspace_id AND w.org_id <> ?4)
  AND (agent.workspace_id, agent.worktree_id, agent.display_order, agent.id)
      > (SELECT workspace_id, worktree_id, display_order, id FROM agent WHERE id = ?2 UNION ALL SELECT coalesce(?1, ''), '', -1, '' LIMIT 1)
ORDER BY agent.workspace_id, agent.worktree_id, agent.display_order, agent.id LIMIT ?3;

-- name: agent_doubtful_messages
-- The newest first; of the agent ?1, else of all that are not archived; before the message ?2. There are few of them, whatever else there is.
SELECT m.number FROM message m INDEXED BY message_doubtful
CROSS JOIN conversation c ON c.number = m.conversation AND c.subject_kind = 'agent'
CROSS JOIN agent g ON g.id = c.subject_id AND iif(?1 <> '', g.id = ?1, g.deleted_at IS NULL)
CROSS JOIN workspace w ON w.id = g.workspace_id AND w.org_id = ?4
WHERE m.state = 'delivery_unknown'
  AND m.number < coalesce((SELECT b.number FROM message b WHERE b.state = 'delivery_unknown' AND b.id = ?2), 9223372036854775807)
ORDER BY m.number DESC LIMIT ?3;

-- name: org_of_agent
SELECT org_id FROM agent g JOIN workspace w ON w.id = g.workspace_id WHERE g.id = ?1;
