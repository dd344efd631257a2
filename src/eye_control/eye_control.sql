-- name: eye_add
INSERT INTO eye (id, org_id, name, game_id, game_digest, is_pattern, config, state, why, detail, since, held, launch_id, sockets,
    status, status_at, program, program_at, last_reset, last_reset_at, last_error, last_error_at, errors, exit_code,
    news_at, is_news_due, created_at, started_at, ended_at)
VALUES (:id, :org_id, :name, :game_id, :game_digest, :is_pattern, :config, :state, :why, :detail, :since, :held, :launch_id,
    :sockets, :status, :status_at, :program, :program_at, :last_reset, :last_reset_at, :last_error, :last_error_at,
    :errors, :exit_code, :news_at, :is_news_due, :created_at, :started_at, :ended_at);

-- name: eye_set
UPDATE eye SET name = :name, game_id = :game_id, game_digest = :game_digest, is_pattern = :is_pattern, config = :config,
    state = :state, why = :why, detail = :detail, since = :since, held = :held, launch_id = :launch_id,
    sockets = :sockets, status = :status, status_at = :status_at, program = :program, program_at = :program_at,
    last_reset = :last_reset, last_reset_at = :last_reset_at, last_error = :last_error,
    last_error_at = :last_error_at, errors = :errors, exit_code = :exit_code, news_at = :news_at,
    is_news_due = :is_news_due, started_at = :started_at, ended_at = :ended_at
WHERE id = :id;

-- name: eye_by_id
SELECT id, org_id, name, game_id, game_digest, is_pattern, config, state, why, detail, since, held, launch_id, sockets,
    status, status_at, program, program_at, last_reset, last_reset_at, last_error, last_error_at, errors, exit_code,
    news_at, is_news_due, created_at, started_at, ended_at
FROM eye WHERE id = ?1;

-- name: eye_list
-- Newest first, behind ?3, else from the newest; of the org ?1; those that ended too where ?2.
SELECT id, org_id, name, game_id, game_digest, is_pattern, config, state, why, detail, since, held, launch_id, sockets,
    status, status_at, program, program_at, last_reset, last_reset_at, last_error, last_error_at, errors, exit_code,
    news_at, is_news_due, created_at, started_at, ended_at
FROM eye WHERE org_id = ?1 AND (?2 OR ended_at IS NULL)
  AND (created_at, id) < (SELECT created_at, id FROM eye WHERE id = ?3 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
ORDER BY created_at DESC, id DESC LIMIT ?4;

-- name: eye_count_alive
SELECT count(*) FROM eye WHERE ended_at IS NULL;

-- name: eye_uses_socket
SELECT count(*) FROM eye WHERE ended_at IS NULL AND id <> ?1 AND json_extract(config, '$.socketPath') = ?2;

-- name: eye_over
SELECT id FROM eye WHERE ended_at < ?1 ORDER BY ended_at LIMIT ?2;

-- name: eye_remove
DELETE FROM eye WHERE id = ?1;

-- name: eye_recordings_remove
DELETE FROM eye_recording WHERE eye_id = ?1;

-- name: org_of_eye
SELECT org_id FROM eye WHERE id = ?1;

-- name: org_of_recording
SELECT org_id FROM eye_recording WHERE id = ?1;

-- name: recording_add
INSERT INTO eye_recording (id, org_id, eye_id, game_id, game_digest, kind, state, path, config, steps, bytes, detail, replay_state,
    replay_eye_id, replay_steps, replay_at, replay_detail, differs_at, created_at, ended_at)
VALUES (:id, :org_id, :eye_id, :game_id, :game_digest, :kind, :state, :path, :config, :steps, :bytes, :detail, :replay_state,
    :replay_eye_id, :replay_steps, :replay_at, :replay_detail, :differs_at, :created_at, :ended_at);

-- name: recording_set
UPDATE eye_recording SET game_id = :game_id, game_digest = :game_digest, state = :state, config = :config, steps = :steps, bytes = :bytes,
    detail = :detail, replay_state = :replay_state, replay_eye_id = :replay_eye_id, replay_steps = :replay_steps,
    replay_at = :replay_at, replay_detail = :replay_detail, differs_at = :differs_at, ended_at = :ended_at
WHERE id = :id;

-- name: recording_by_id
SELECT id, org_id, eye_id, game_id, game_digest, kind, state, path, config, steps, bytes, detail, replay_state,
    replay_eye_id, replay_steps, replay_at, replay_detail, differs_at, created_at, ended_at
FROM eye_recording WHERE id = ?1;

-- name: recording_by_path
SELECT id, org_id, eye_id, game_id, game_digest, kind, state, path, config, steps, bytes, detail, replay_state,
    replay_eye_id, replay_steps, replay_at, replay_detail, differs_at, created_at, ended_at
FROM eye_recording WHERE path = ?1;

-- name: recording_open_of
-- What the eye records, films or replays now.
SELECT id, org_id, eye_id, game_id, game_digest, kind, state, path, config, steps, bytes, detail, replay_state,
    replay_eye_id, replay_steps, replay_at, replay_detail, differs_at, created_at, ended_at
FROM eye_recording WHERE (eye_id = ?1 AND state = 'recording') OR (replay_eye_id = ?1 AND replay_state = 'running');

-- name: recording_list
-- Newest first, behind ?3, else from the newest; of the org ?1; of the eye ?2 where it is given.
SELECT id, org_id, eye_id, game_id, game_digest, kind, state, path, config, steps, bytes, detail, replay_state,
    replay_eye_id, replay_steps, replay_at, replay_detail, differs_at, created_at, ended_at
FROM eye_recording WHERE org_id = ?1 AND (?2 IS NULL OR eye_id = ?2)
  AND (created_at, id) < (SELECT created_at, id FROM eye_recording WHERE id = ?3 UNION ALL SELECT 9223372036854775807, '' LIMIT 1)
ORDER BY created_at DESC, id DESC LIMIT ?4;

-- name: recording_remove
DELETE FROM eye_recording WHERE id = ?1;
