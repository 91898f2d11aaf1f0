-- What users are linked to, or ever were: the log says it of users, questions about the past ask it from the other end.

CREATE TABLE link (
    realm  TEXT    NOT NULL REFERENCES realm (realm),
    -- 1: the customer whose record is the user's own, 2: the first of the users marked as the same person.
    kind   INTEGER NOT NULL,
    target TEXT    NOT NULL,
    user   TEXT    NOT NULL,
    PRIMARY KEY (realm, kind, target, user)
) STRICT, WITHOUT ROWID;
