-- What is to be mailed, outside log and chain: gone once it is acknowledged, over, or of no use. Neither addresses nor names
-- are here; they are read when it is delivered.

CREATE TABLE outbox (
    realm      TEXT    NOT NULL,
    -- Ascends in the order in which changes are committed: made of the revision.
    id         INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    -- 1: activation, 2: reset.
    kind       INTEGER NOT NULL,
    user       TEXT    NOT NULL,
    -- The secret, sealed with a key that is not in the database.
    sealed     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (realm, id),
    FOREIGN KEY (realm, user) REFERENCES profile (realm, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_by_user ON outbox (realm, user);
CREATE INDEX outbox_by_expiry ON outbox (realm, expires_at);
