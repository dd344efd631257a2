-- name: workspace_add
INSERT INTO workspace (id, name, path, common_dir, created_at, updated_at)
VALUES (:id, :name, :path, :common_dir, :created_at, :updated_at);

-- name: workspace_all
SELECT w.id, w.name, w.path,
       (SELECT count(*) FROM worktree t WHERE t.workspace_id = w.id AND t.trash_id IS NULL AND t.closed_at IS NULL) AS worktree_count,
       w.created_at, w.updated_at, w.common_dir
FROM workspace w WHERE w.closed_at IS NULL AND (?1 IS NULL OR w.org_id = ?1) ORDER BY w.updated_at DESC, w.id;

-- name: workspace_set_org
UPDATE workspace SET org_id = ?2 WHERE id = ?1;

-- name: workspace_common_dir
SELECT common_dir FROM workspace WHERE id = ?1;

-- name: workspace_by_id
SELECT w.id, w.name, w.path,
       (SELECT count(*) FROM worktree t WHERE t.workspace_id = w.id AND t.trash_id IS NULL AND t.closed_at IS NULL) AS worktree_count,
       w.created_at, w.updated_at, w.common_dir
FROM workspace w WHERE w.id = ?1 AND w.closed_at IS NULL;

-- name: workspace_by_place
SELECT id, name, path, created_at, updated_at, common_dir FROM workspace
WHERE path = ?1 AND closed_at IS NULL
UNION
SELECT id, name, path, created_at, updated_at, common_dir FROM workspace WHERE common_dir = ?2 AND closed_at IS NULL;

-- name: workspace_closed_of
SELECT id, name, path, created_at, updated_at, common_dir FROM workspace
WHERE common_dir = ?1 AND closed_at IS NOT NULL AND org_id = ?2;

-- name: workspace_is_open
SELECT count(*) FROM workspace WHERE id = ?1 AND closed_at IS NULL;

-- name: workspace_rename
UPDATE workspace SET name = ?2, updated_at = ?3 WHERE id = ?1;

-- name: workspace_touch
UPDATE workspace SET updated_at = ?2 WHERE id = ?1;

-- name: workspace_close
UPDATE workspace SET closed_at = ?2 WHERE id = ?1;

-- name: workspace_reopen
UPDATE workspace SET closed_at = NULL, path = ?2, updated_at = ?3 WHERE id = ?1;

-- name: workspace_relocate
UPDATE workspace SET path = ?2, common_dir = ?3, updated_at = ?4 WHERE id = ?1;

-- name: workspace_of_common_dir
SELECT id, name, path, created_at, updated_at, common_dir FROM workspace WHERE common_dir = ?1;

-- name: trash_relocate
UPDATE trash SET path = ?2, place = ?3, common_dir = ?4, git_dir = ?5, link = ?6, back_link = ?7 WHERE id = ?1;

-- name: workspace_any
SELECT id, name, path, created_at, updated_at, common_dir FROM workspace WHERE id = ?1;

-- name: worktree_add
INSERT INTO worktree (id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at,
                      is_detached)
VALUES (:id, :workspace_id, :name, :branch, :path, :sort_mode, :display_order, :is_main, :created_at, :updated_at,
        :is_detached);

-- name: worktree_by_id
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached,
       trash_id, closed_at
FROM worktree WHERE id = ?1;

-- name: worktree_by_name
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached
FROM worktree WHERE workspace_id = ?1 AND name = ?2 AND trash_id IS NULL AND closed_at IS NULL;

-- name: worktree_by_path
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached
FROM worktree WHERE path = ?1 AND trash_id IS NULL AND closed_at IS NULL;

-- name: worktree_closed_at_path
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached
FROM worktree WHERE path = ?1 AND closed_at IS NOT NULL
ORDER BY workspace_id = ?2 DESC, closed_at DESC, id DESC LIMIT 1;

-- name: worktree_inside
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached
-- '0' follows '/' in ASCII: paths below a folder sort between the two.
FROM worktree WHERE path > ?1 || '/' AND path < ?1 || '0' AND trash_id IS NULL AND closed_at IS NULL
ORDER BY path LIMIT 1;

-- name: worktree_around
WITH RECURSIVE up(folder) AS (
    SELECT ?1
    UNION
    SELECT rtrim(rtrim(folder, replace(folder, '/', '')), '/') FROM up WHERE folder <> '')
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached
FROM worktree WHERE path IN up AND trash_id IS NULL AND closed_at IS NULL;

-- name: worktree_all
SELECT id, workspace_id, name, branch, path, sort_mode, display_order, is_main, created_at, updated_at, is_detached
FROM worktree WHERE workspace_id = ?1 AND trash_id IS NULL AND closed_at IS NULL ORDER BY display_order, created_at, id;

-- name: worktree_next_order
SELECT max(display_order) + 1 FROM worktree WHERE workspace_id = ?1 AND trash_id IS NULL AND closed_at IS NULL;

-- name: worktree_update
UPDATE worktree SET name = :name, sort_mode = :sort_mode, display_order = :display_order, branch = :branch,
                    is_detached = :is_detached, path = :path, updated_at = :updated_at
WHERE id = :id;

-- name: worktree_set_trash
UPDATE worktree SET trash_id = ?2, closed_at = NULL, updated_at = ?3 WHERE id = ?1;

-- name: worktree_trash_gone
UPDATE worktree SET trash_id = NULL, closed_at = ?3 WHERE id = ?1 AND trash_id = ?2;

-- name: worktree_close
UPDATE worktree SET closed_at = ?2 WHERE id = ?1;

-- name: worktree_back
UPDATE worktree SET closed_at = NULL, trash_id = NULL, workspace_id = :workspace_id, name = :name, branch = :branch,
                    is_detached = :is_detached, is_main = :is_main, path = :path, updated_at = :updated_at
WHERE id = :id;

-- name: trash_add
INSERT INTO trash (id, worktree_id, workspace_id, name, path, place, common_dir, git_dir, branch, head, link, back_link,
                   bytes, removed_at)
VALUES (:id, :worktree_id, :workspace_id, :name, :path, :place, :common_dir, :git_dir, :branch, :head, :link,
        :back_link, :bytes, :removed_at);

-- name: trash_all
SELECT id, worktree_id, workspace_id, name, path, place, common_dir, git_dir, branch, head, link, back_link, bytes,
       removed_at
FROM trash
WHERE ?1 IS NULL OR NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = trash.workspace_id AND w.org_id <> ?1) ORDER BY removed_at DESC, id;

-- name: trash_of_repository
SELECT id, worktree_id, workspace_id, name, path, place, common_dir, git_dir, branch, head, link, back_link, bytes,
       removed_at
FROM trash WHERE common_dir = ?1 ORDER BY id;

-- name: trash_by_id
SELECT id, worktree_id, workspace_id, name, path, place, common_dir, git_dir, branch, head, link, back_link, bytes,
       removed_at
FROM trash WHERE id = ?1;

-- name: trash_remove
DELETE FROM trash WHERE id = ?1;

-- name: watch_trees
SELECT t.id, t.workspace_id, t.path, w.common_dir, b.branch AS base
FROM worktree t JOIN workspace w ON w.id = t.workspace_id LEFT JOIN change_base b ON b.workspace_id = w.id
WHERE t.trash_id IS NULL AND t.closed_at IS NULL;

-- name: worktree_status_set
INSERT INTO worktree_status (worktree_id, ahead, behind, staged, modified, untracked, conflicted, unverified, added, removed, source, error,
                             content_id, seen_at, missing, base, base_ahead, base_behind, base_files, base_added, base_removed,
                             is_added_least, head)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)
ON CONFLICT DO UPDATE SET ahead = excluded.ahead, behind = excluded.behind, staged = excluded.staged, modified = excluded.modified,
    untracked = excluded.untracked, conflicted = excluded.conflicted, unverified = excluded.unverified, added = excluded.added,
    removed = excluded.removed, source = excluded.source, error = excluded.error, content_id = excluded.content_id, seen_at = excluded.seen_at,
    missing = excluded.missing, base = excluded.base, base_ahead = excluded.base_ahead, base_behind = excluded.base_behind,
    base_files = excluded.base_files, base_added = excluded.base_added, base_removed = excluded.base_removed, is_added_least = excluded.is_added_least, head = excluded.head;

-- name: worktree_landed_set
-- It has a row once it was looked at; what was never looked at is not landed from here.
UPDATE worktree_status SET landed_head = ?2 WHERE worktree_id = ?1;

-- name: worktree_overview_one
SELECT t.id, t.workspace_id, t.name, t.branch, t.is_detached, t.path, t.sort_mode, t.display_order, t.is_main, ahead, behind, staged, modified,
       untracked, conflicted, unverified, added, removed, base, base_ahead, base_behind, base_files, base_added, base_removed, is_added_least, source,
       error, missing, content_id, head,
       s.head IS NOT NULL AND s.head IS s.landed_head AS is_landed, seen_at, org_id
FROM worktree t JOIN workspace w ON w.id = t.workspace_id LEFT JOIN worktree_status s ON s.worktree_id = t.id
WHERE t.id = ?1;

-- name: worktree_overview_list
-- From behind ?2, else from the first; of the workspace ?1, else of all, whose ids are less than `x`.
SELECT t.id, t.workspace_id, t.name, t.branch, t.is_detached, t.path, t.sort_mode, t.display_order, t.is_main, ahead, behind, staged, modified,
       untracked, conflicted, unverified, added, removed, base, base_ahead, base_behind, base_files, base_added, base_removed, is_added_least, source,
       error, missing, content_id, head,
       s.head IS NOT NULL AND s.head IS s.landed_head AS is_landed, seen_at
FROM worktree t LEFT JOIN worktree_status s ON s.worktree_id = t.id
WHERE t.trash_id IS NULL AND t.closed_at IS NULL AND t.workspace_id <= coalesce(?1, 'x')
  AND NOT EXISTS (SELECT 1 FROM workspace w WHERE w.id = t.workspace_id AND w.org_id <> ?4)
  AND (t.workspace_id, t.display_order, t.id)
      > (SELECT workspace_id, display_order, id FROM worktree WHERE id = ?2 UNION ALL SELECT coalesce(?1, ''), -1, '' LIMIT 1)
ORDER BY t.workspace_id, t.display_order, t.id LIMIT ?3;

-- name: workspace_overview
SELECT id AS workspace_id, name, path FROM workspace
WHERE closed_at IS NULL AND org_id = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY id;

-- name: workspace_copied
SELECT patterns FROM workspace_copied WHERE workspace_id = ?1;

-- name: workspace_copied_set
INSERT INTO workspace_copied (workspace_id, patterns) VALUES (:workspace_id, :patterns)
ON CONFLICT DO UPDATE SET patterns = excluded.patterns;

-- name: org_of_workspace
SELECT org_id FROM workspace WHERE id = ?1;

-- name: org_of_worktree
SELECT org_id FROM worktree t JOIN workspace w ON w.id = t.workspace_id WHERE t.id = ?1;

-- name: org_of_trash
SELECT org_id FROM trash t JOIN workspace w ON w.id = t.workspace_id WHERE t.id = ?1;

-- name: org_of_clone
SELECT org_id FROM clone WHERE id = ?1;

-- name: clone_add
INSERT INTO clone (id, url, path, state, step, done, total, tail, started_at)
VALUES (:id, :url, :path, :state, :step, :done, :total, :tail, :started_at);

-- name: clone_set_org
UPDATE clone SET org_id = ?2 WHERE id = ?1;

-- name: clone_update
UPDATE clone SET state = :state, step = :step, done = :done, total = :total, tail = :tail, error = :error, ended_at = :ended_at
WHERE id = :id;

-- name: clone_remove
DELETE FROM clone WHERE id = ?1;

-- name: clone_remove_failed
-- Into this folder, and those of the org behind its newest ?3.
DELETE FROM clone WHERE state = 'failed' AND (path = ?1 OR id IN
    (SELECT id FROM clone WHERE state = 'failed' AND org_id = ?2 ORDER BY id DESC LIMIT -1 OFFSET ?3));

-- name: clone_count_running
SELECT count(*) FROM clone WHERE state = 'running';

-- name: clone_count_into
SELECT count(*) FROM clone WHERE state = 'running' AND path = ?1;

-- name: clone_by_id
SELECT id, url, path, state, step, done, total, tail, error, started_at, ended_at FROM clone WHERE id = ?1;

-- name: clone_all
SELECT id, url, path, state, step, done, total, tail, error, started_at, ended_at FROM clone WHERE org_id = ?1 ORDER BY id DESC LIMIT ?2;

-- name: workspace_base_of
SELECT branch FROM change_base WHERE workspace_id = ?1;

-- name: workspace_base_set
INSERT INTO change_base (workspace_id, branch) VALUES (?1, ?2)
ON CONFLICT (workspace_id) DO UPDATE SET branch = excluded.branch;

-- name: workspace_base_unset
DELETE FROM change_base WHERE workspace_id = ?1;
