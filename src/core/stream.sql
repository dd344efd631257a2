-- The one b-tree of events: id = stream number << 40 | seq, so that a page is one range of it.

-- name: stream_find
SELECT s.number, s.generation, s.dropped_seq,
  (SELECT e.id & 1099511627775 FROM event e WHERE e.id >= s.number << 40 AND e.id < (s.number + 1) << 40
   ORDER BY e.id DESC LIMIT 1)
FROM stream s WHERE s.topic = ?1

-- name: stream_floor
SELECT generation FROM stream WHERE topic = ''

-- name: stream_add
INSERT INTO stream(topic, generation, dropped_seq) VALUES(?1, ?2, 0) RETURNING number

-- name: stream_retire
UPDATE stream SET topic = NULL, oldest_at = 0 WHERE number = ?1

-- name: stream_remove
DELETE FROM stream WHERE number = ?1 AND topic IS NULL

-- name: stream_distrust
UPDATE stream SET generation = max(generation + 1, ?1) WHERE topic IS NOT NULL

-- name: stream_set_oldest
UPDATE stream SET oldest_at = ?2 WHERE number = ?1

-- name: stream_word_find
SELECT number FROM event_word WHERE text = ?1

-- name: stream_word_add
INSERT INTO event_word(text) VALUES(?1) RETURNING number

-- name: stream_word_remove
DELETE FROM event_word WHERE number = ?1

-- name: stream_event_add
INSERT INTO event(id, kind, at, payload, source, launch, log_offset, log_index) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- name: stream_events_after
SELECT e.id & 1099511627775, k.text, e.at, coalesce(e.payload, b.payload), s.topic, s.generation, e.source & 1099511627775,
  l.text, coalesce(e.log_offset, b.log_offset), coalesce(e.log_index, b.log_index)
FROM event e
JOIN event_word k ON k.number = e.kind
LEFT JOIN event b ON b.id = e.source
LEFT JOIN stream s ON s.number = e.source >> 40
LEFT JOIN event_word l ON l.number = coalesce(e.launch, b.launch)
WHERE e.id > ?1 AND e.id < ?2 ORDER BY e.id LIMIT ?3

-- name: stream_newest
SELECT k.text, e.at, coalesce(e.payload, b.payload), s.topic
FROM event e
JOIN event_word k ON k.number = e.kind
LEFT JOIN event b ON b.id = e.source
LEFT JOIN stream s ON s.number = e.source >> 40
WHERE e.id >= ?1 << 40 AND e.id < (?1 + 1) << 40 ORDER BY e.id DESC LIMIT ?2

-- name: stream_oldest
SELECT number, topic IS NULL FROM stream WHERE oldest_at < ?1 ORDER BY oldest_at LIMIT 1

-- name: stream_ages
SELECT id, at FROM event WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 ORDER BY id LIMIT ?2

-- name: stream_delete
DELETE FROM event WHERE id >= ?1 << 40 AND id <= ?2

-- name: stream_erase_some
DELETE FROM event WHERE id = (SELECT id FROM event WHERE id >= ?1 << 40 AND id < (?1 + 1) << 40 ORDER BY id LIMIT 1)

-- name: stream_mentions
SELECT id FROM event WHERE id >= ?1 AND id < ?2 AND instr(payload, ?3) > 0 AND payload ->> '$.data.id' = ?3 ORDER BY id

-- name: stream_launches
SELECT DISTINCT launch FROM event WHERE id >= ?1 AND id < ?2 AND launch IS NOT NULL

-- name: stream_blank
UPDATE event SET payload = NULL WHERE id = ?1

-- name: stream_dropped
UPDATE stream SET dropped_seq = max(dropped_seq, ?2 & 1099511627775), oldest_at = ?3 WHERE number = ?1

-- name: stream_room
-- About how many bytes the events take: at most 200 are read, evenly spread over what each stream keeps.
WITH RECURSIVE kept(first, last) AS (
  SELECT (SELECT id FROM event WHERE id >= s.number << 40 AND id < (s.number + 1) << 40 ORDER BY id LIMIT 1),
         (SELECT id FROM event WHERE id >= s.number << 40 AND id < (s.number + 1) << 40 ORDER BY id DESC LIMIT 1) FROM stream s),
up(first, n, upto) AS (SELECT first, last - first + 1, sum(last - first + 1) OVER (ORDER BY first) FROM kept WHERE first IS NOT NULL),
ends(total) AS (SELECT max(upto) FROM up),
nth(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM nth WHERE i < 199),
place(p) AS (SELECT DISTINCT (total - 1) * i / 199 FROM ends, nth),
picked(at) AS (SELECT (SELECT first + p - (upto - n) FROM up WHERE upto > p ORDER BY upto LIMIT 1) FROM place)
SELECT CAST((SELECT sum(coalesce(length(CAST(payload AS BLOB)), 0) + 40) FROM event WHERE id IN (SELECT at FROM picked)) * total * 1.0
            / (SELECT count(*) FROM picked) AS INTEGER)
FROM ends
