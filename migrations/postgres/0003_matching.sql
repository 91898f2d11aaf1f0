-- Finding people: handles that were used up, and how often each actor asked. Both stand outside the log.

CREATE TABLE used_handle (
    realm      TEXT COLLATE "C" NOT NULL,
    handle     BYTEA            NOT NULL CHECK (length(handle) = 16),
    expires_at BIGINT           NOT NULL,
    PRIMARY KEY (realm, handle)
);

CREATE INDEX used_handle_by_expiry ON used_handle (realm, expires_at);

CREATE TABLE match_count (
    realm TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    -- The beginning of the hour that is counted.
    since BIGINT           NOT NULL,
    asked BIGINT           NOT NULL CHECK (asked >= 1),
    PRIMARY KEY (realm, actor)
);
