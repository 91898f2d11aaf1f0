-- What requests wait for, in the order of lists: by when they expire, or, at a desk, by when they are due.

CREATE TABLE request_wait_in_order (
    realm   TEXT    NOT NULL REFERENCES realm (realm),
    -- 1: who approves in a unit, 2: who approves for a system, 3: a desk.
    kind    INTEGER NOT NULL,
    target  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    request TEXT    NOT NULL,
    PRIMARY KEY (realm, kind, target, at, request)
) STRICT, WITHOUT ROWID;

INSERT INTO request_wait_in_order (realm, kind, target, at, request)
SELECT w.realm, w.kind, w.target, CASE w.kind WHEN 3 THEN r.overdue_at ELSE r.due_at END, w.request
FROM request_wait AS w JOIN request AS r ON r.realm = w.realm AND r.request = w.request
WHERE CASE w.kind WHEN 3 THEN r.overdue_at ELSE r.due_at END IS NOT NULL;

DROP TABLE request_wait;
ALTER TABLE request_wait_in_order RENAME TO request_wait;
CREATE INDEX request_wait_of ON request_wait (realm, request);
CREATE INDEX request_wait_at ON request_wait (realm, at, request);
