-- What requests wait for, in the order of lists: by when they expire, or, at a desk, by when they are due.

ALTER TABLE request_wait ADD COLUMN at BIGINT;
UPDATE request_wait AS w SET at = CASE w.kind WHEN 3 THEN r.overdue_at ELSE r.due_at END
FROM request AS r WHERE r.realm = w.realm AND r.request = w.request;
DELETE FROM request_wait WHERE at IS NULL;
ALTER TABLE request_wait ALTER COLUMN at SET NOT NULL;
ALTER TABLE request_wait DROP CONSTRAINT request_wait_pkey;
ALTER TABLE request_wait ADD PRIMARY KEY (realm, kind, target, at, request);
CREATE INDEX request_wait_at ON request_wait (realm, at, request) INCLUDE (kind, target);
