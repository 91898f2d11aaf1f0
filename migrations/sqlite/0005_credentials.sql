-- Credentials. How each user's password stands is an entity like others (kind 8), what it is compared with its personal
-- part. Here: whose a pending secret is; and, outside the log, attempts to sign in that failed.

CREATE TABLE credential (
    realm  TEXT NOT NULL,
    user   TEXT NOT NULL,
    -- SHA-256 of the pending secret; unset: none.
    secret BLOB CHECK (length(secret) = 32),
    PRIMARY KEY (realm, user),
    FOREIGN KEY (realm, user) REFERENCES profile (realm, user)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX credential_by_secret ON credential (realm, secret) WHERE secret IS NOT NULL;

-- Failures in a row under a name, whoever's it is: by digests of name and client under the key of usernames.
CREATE TABLE login_failure (
    realm       TEXT    NOT NULL,
    name        BLOB    NOT NULL CHECK (length(name) = 16),
    -- One that has signed in under this name before; all zero: all others together.
    client      BLOB    NOT NULL CHECK (length(client) = 16),
    -- Whose name it is; unset: nobody's.
    user        TEXT,
    failures    INTEGER NOT NULL CHECK (failures >= 0),
    waits_until INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (realm, name, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failure_by_expiry ON login_failure (realm, expires_at);
CREATE INDEX login_failure_by_user ON login_failure (realm, user) WHERE user IS NOT NULL;
