-- Finding people: handles that were used up, and how often each actor asked. Both stand outside the log.

CREATE TABLE used_handle (
    realm      TEXT    NOT NULL,
    handle     BLOB    NOT NULL CHECK (length(handle) = 16),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (realm, handle)
) STRICT, WITHOUT ROWID;

CREATE INDEX used_handle_by_expiry ON used_handle (realm, expires_at);

CREATE TABLE match_count (
    realm TEXT    NOT NULL,
    actor TEXT    NOT NULL,
    -- The beginning of the hour that is counted.
    since INTEGER NOT NULL,
    asked INTEGER NOT NULL CHECK (asked >= 1),
    PRIMARY KEY (realm, actor)
) STRICT, WITHOUT ROWID;
