-- name: usage_bump
INSERT INTO usage_day (org_id, day, model, subject_kind, subject_id, workspace_id, input, output, cache_read, cache_creation, cost_micros, requests, errors)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT DO UPDATE SET input = input + excluded.input, output = output + excluded.output,
    cache_read = cache_read + excluded.cache_read, cache_creation = cache_creation + excluded.cache_creation,
    cost_micros = cost_micros + excluded.cost_micros, requests = requests + excluded.requests, errors = errors + excluded.errors;

-- name: usage_total_bump
INSERT INTO usage_total (org_id, day, tokens) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens;

-- name: usage_total
SELECT coalesce(sum(tokens), 0) FROM usage_total WHERE org_id = ?1 AND day >= ?2 AND day <= ?3;

-- name: usage_sum
SELECT coalesce(sum(input + cache_read + cache_creation), 0) AS input_tokens, coalesce(sum(output), 0) AS output_tokens,
       coalesce(sum(input + cache_read + cache_creation + output), 0) AS tokens_used,
       coalesce(sum(requests), 0) AS request_count, coalesce(sum(errors), 0) AS error_count,
       coalesce(sum(cost_micros), 0) AS cost_micros
FROM usage_day WHERE org_id = ?1 AND day >= ?2 AND day <= ?3;

-- name: usage_sum_of_models
SELECT coalesce(sum(input + cache_read + cache_creation + output), 0)
FROM usage_day WHERE org_id = ?1 AND day >= ?2 AND day <= ?3 AND instr(lower(model), ?4) > 0;

-- name: usage_by_model
SELECT model, sum(input + cache_read + cache_creation + output) FROM usage_day WHERE org_id = ?1 AND day >= ?2 AND day <= ?3
GROUP BY model ORDER BY 2 DESC, 1 LIMIT 100;

-- name: usage_days
SELECT day AS date, sum(input + cache_read + cache_creation + output) AS tokens_used, sum(requests) AS request_count,
       sum(input + cache_read + cache_creation) AS input_tokens, sum(output) AS output_tokens, sum(errors) AS error_count,
       sum(cost_micros) AS cost_micros
FROM usage_day WHERE org_id = ?1 AND day >= ?2 AND day <= ?3 GROUP BY day ORDER BY day DESC;

-- name: usage_days_unfolded
SELECT org_id, day FROM usage_total t WHERE day < ?1
  AND EXISTS (SELECT 1 FROM usage_day u WHERE u.org_id = t.org_id AND u.day = t.day AND u.subject_kind <> '');

-- name: usage_fold
INSERT INTO usage_day (org_id, day, model, subject_kind, subject_id, workspace_id, input, output, cache_read, cache_creation, cost_micros, requests, errors)
SELECT org_id, day, model, '', '', '', sum(input), sum(output), sum(cache_read), sum(cache_creation), sum(cost_micros), sum(requests), sum(errors)
FROM usage_day WHERE org_id = ?1 AND day = ?2 AND subject_kind <> '' GROUP BY model
ON CONFLICT DO UPDATE SET input = input + excluded.input, output = output + excluded.output,
    cache_read = cache_read + excluded.cache_read, cache_creation = cache_creation + excluded.cache_creation,
    cost_micros = cost_micros + excluded.cost_micros, requests = requests + excluded.requests, errors = errors + excluded.errors;

-- name: usage_drop_folded
DELETE FROM usage_day WHERE org_id = ?1 AND day = ?2 AND subject_kind <> '';

-- name: usage_days_before
SELECT org_id, day FROM usage_total WHERE day < ?1;

-- name: usage_drop_day
DELETE FROM usage_day WHERE org_id = ?1 AND day = ?2;

-- name: usage_drop_total
DELETE FROM usage_total WHERE org_id = ?1 AND day = ?2;

-- name: usage_room
SELECT count(*) * 120 FROM usage_day;
