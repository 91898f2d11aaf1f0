-- Bailiwick on SQLite. Migrations are only ever added to; what an applied one says never changes.
--
-- Ids, names and addresses compare byte by byte (BINARY, SQLite's own default). Instants are microseconds since 1970.
-- What the blobs hold: proto/bailiwick/log/v1.

-- One row: what this file is.
CREATE TABLE meta (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    -- The version of the format; a program refuses a greater one than its own.
    format     INTEGER NOT NULL,
    -- New at every import or restore.
    epoch      BLOB    NOT NULL CHECK (length(epoch) = 16),
    -- With what page tokens are sealed: they outlive a restart, and are good on every server of the database.
    page_key   BLOB    NOT NULL CHECK (length(page_key) = 32),
    -- Raised whenever keys change, so that others read them again.
    keys_at    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The row that every write transaction locks first.
CREATE TABLE realm (
    realm       TEXT    NOT NULL PRIMARY KEY,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    recorded_at INTEGER NOT NULL
) STRICT;

-- The log: one row per revision, without gaps.
CREATE TABLE change (
    realm       TEXT    NOT NULL REFERENCES realm (realm),
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    recorded_at INTEGER NOT NULL,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    header      BLOB    NOT NULL,
    salt        BLOB             CHECK (length(salt) = 16),
    personal    BLOB,
    PRIMARY KEY (realm, revision),
    CHECK ((salt IS NULL) = (personal IS NULL))
) STRICT, WITHOUT ROWID;

-- What each change made true, in order.
CREATE TABLE event (
    realm    TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    place    INTEGER NOT NULL CHECK (place >= 0),
    kind     INTEGER NOT NULL,
    entity   TEXT    NOT NULL,
    body     BLOB    NOT NULL,
    salt     BLOB             CHECK (length(salt) = 16),
    personal BLOB,
    PRIMARY KEY (realm, revision, place),
    FOREIGN KEY (realm, revision) REFERENCES change (realm, revision),
    CHECK ((salt IS NULL) = (personal IS NULL))
) STRICT, WITHOUT ROWID;

-- The past of one entity: its newest event up to a revision.
CREATE INDEX event_by_entity ON event (realm, kind, entity, revision, place);

-- The newest event of each entity. The ids of rows ascend in the order in which entities came into being.
CREATE TABLE entity (
    id       INTEGER NOT NULL PRIMARY KEY,
    realm    TEXT    NOT NULL REFERENCES realm (realm),
    kind     INTEGER NOT NULL,
    entity   TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    personal BLOB
) STRICT;

CREATE UNIQUE INDEX entity_by_name ON entity (realm, kind, entity);
CREATE INDEX entity_in_order ON entity (realm, kind, id);

-- What queries ask of users. Username, e-mail and last name are canonical.
CREATE TABLE profile (
    realm      TEXT    NOT NULL REFERENCES realm (realm),
    user       TEXT    NOT NULL,
    username   TEXT,
    email      TEXT,
    last_name  TEXT    NOT NULL DEFAULT '',
    -- The revision that last changed the user.
    etag       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (realm, user)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX profile_by_username ON profile (realm, username) WHERE username IS NOT NULL;
CREATE UNIQUE INDEX profile_by_email ON profile (realm, email) WHERE email IS NOT NULL;
CREATE INDEX profile_by_last_name ON profile (realm, last_name, user);

-- Usernames ever used, canonical: never used again.
CREATE TABLE username (
    realm    TEXT NOT NULL,
    username TEXT NOT NULL,
    user     TEXT NOT NULL,
    PRIMARY KEY (realm, username),
    FOREIGN KEY (realm, user) REFERENCES profile (realm, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE external_id (
    realm TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    user  TEXT NOT NULL,
    PRIMARY KEY (realm, name, value),
    FOREIGN KEY (realm, user) REFERENCES profile (realm, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX external_id_by_user ON external_id (realm, user);

-- Callers' own ids of commands, for 24 hours. An empty actor: an operator.
CREATE TABLE request_id (
    realm      TEXT    NOT NULL,
    caller     TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    body       BLOB    NOT NULL CHECK (length(body) = 32),
    revision   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (realm, caller, actor, id),
    FOREIGN KEY (realm, revision) REFERENCES change (realm, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX request_id_by_expiry ON request_id (expires_at);

-- Keys of calling programs. Permissions and realms are parted by single spaces; no realms: all.
CREATE TABLE api_key (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    secret_hash BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    permissions TEXT    NOT NULL,
    realms      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;
