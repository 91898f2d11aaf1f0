-- What is to be mailed, outside log and chain: gone once it is acknowledged, over, or of no use. Neither addresses nor names
-- are here; they are read when it is delivered.

CREATE TABLE outbox (
    realm      TEXT COLLATE "C" NOT NULL,
    -- Ascends in the order in which changes are committed: made of the revision.
    id         BIGINT           NOT NULL,
    revision   BIGINT           NOT NULL,
    -- 1: activation, 2: reset.
    kind       BIGINT           NOT NULL,
    "user"     TEXT COLLATE "C" NOT NULL,
    -- The secret, sealed with a key that is not in the database.
    sealed     TEXT             NOT NULL,
    created_at BIGINT           NOT NULL,
    expires_at BIGINT           NOT NULL,
    PRIMARY KEY (realm, id),
    FOREIGN KEY (realm, "user") REFERENCES profile (realm, "user")
);

CREATE INDEX outbox_by_user ON outbox (realm, "user");
CREATE INDEX outbox_by_expiry ON outbox (realm, expires_at);
