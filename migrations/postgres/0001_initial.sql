-- Bailiwick on PostgreSQL. Migrations are only ever added to; what an applied one says never changes.
--
-- Ids, names and addresses compare byte by byte (the collation "C"). Instants are microseconds since 1970.
-- What the bytes hold: proto/bailiwick/log/v1.

-- One row: what this database is.
CREATE TABLE meta (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- The version of the format; a program refuses a greater one than its own.
    format   BIGINT NOT NULL,
    -- New at every import or restore.
    epoch    BYTEA  NOT NULL CHECK (length(epoch) = 16),
    -- With what page tokens are sealed: they outlive a restart, and are good on every server of the database.
    page_key BYTEA  NOT NULL CHECK (length(page_key) = 32),
    -- Raised whenever keys change, so that others read them again.
    keys_at  BIGINT NOT NULL DEFAULT 0
);

-- The row that every write transaction locks first.
CREATE TABLE realm (
    realm       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    revision    BIGINT           NOT NULL CHECK (revision >= 1),
    hash        BYTEA            NOT NULL CHECK (length(hash) = 32),
    recorded_at BIGINT           NOT NULL
);

-- The log: one row per revision, without gaps.
CREATE TABLE change (
    realm       TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    revision    BIGINT           NOT NULL CHECK (revision >= 1),
    recorded_at BIGINT           NOT NULL,
    hash        BYTEA            NOT NULL CHECK (length(hash) = 32),
    header      BYTEA            NOT NULL,
    salt        BYTEA            CHECK (length(salt) = 16),
    personal    BYTEA,
    PRIMARY KEY (realm, revision),
    CHECK ((salt IS NULL) = (personal IS NULL))
);

-- What each change made true, in order.
CREATE TABLE event (
    realm    TEXT COLLATE "C" NOT NULL,
    revision BIGINT           NOT NULL,
    place    BIGINT           NOT NULL CHECK (place >= 0),
    kind     BIGINT           NOT NULL,
    entity   TEXT COLLATE "C" NOT NULL,
    body     BYTEA            NOT NULL,
    salt     BYTEA            CHECK (length(salt) = 16),
    personal BYTEA,
    PRIMARY KEY (realm, revision, place),
    FOREIGN KEY (realm, revision) REFERENCES change (realm, revision),
    CHECK ((salt IS NULL) = (personal IS NULL))
);

-- The past of one entity: its newest event up to a revision.
CREATE INDEX event_by_entity ON event (realm, kind, entity, revision, place);

-- The newest event of each entity. The ids of rows ascend in the order in which entities came into being.
CREATE TABLE entity (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    realm    TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    kind     BIGINT           NOT NULL,
    entity   TEXT COLLATE "C" NOT NULL,
    revision BIGINT           NOT NULL,
    body     BYTEA            NOT NULL,
    personal BYTEA
);

CREATE UNIQUE INDEX entity_by_name ON entity (realm, kind, entity);
CREATE INDEX entity_in_order ON entity (realm, kind, id);

-- What queries ask of users. Username, e-mail and last name are canonical.
CREATE TABLE profile (
    realm      TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    "user"     TEXT COLLATE "C" NOT NULL,
    username   TEXT COLLATE "C",
    email      TEXT COLLATE "C",
    last_name  TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- The revision that last changed the user.
    etag       BIGINT           NOT NULL,
    created_at BIGINT           NOT NULL,
    updated_at BIGINT           NOT NULL,
    PRIMARY KEY (realm, "user")
);

CREATE UNIQUE INDEX profile_by_username ON profile (realm, username) WHERE username IS NOT NULL;
CREATE UNIQUE INDEX profile_by_email ON profile (realm, email) WHERE email IS NOT NULL;
CREATE INDEX profile_by_last_name ON profile (realm, last_name, "user");

-- Usernames ever used, canonical: never used again.
CREATE TABLE username (
    realm    TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    "user"   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, username),
    FOREIGN KEY (realm, "user") REFERENCES profile (realm, "user")
);

CREATE TABLE external_id (
    realm  TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    value  TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, name, value),
    FOREIGN KEY (realm, "user") REFERENCES profile (realm, "user")
);

CREATE INDEX external_id_by_user ON external_id (realm, "user");

-- Callers' own ids of commands, for 24 hours. An empty actor: an operator.
CREATE TABLE request_id (
    realm      TEXT COLLATE "C" NOT NULL,
    caller     TEXT COLLATE "C" NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    body       BYTEA            NOT NULL CHECK (length(body) = 32),
    revision   BIGINT           NOT NULL,
    expires_at BIGINT           NOT NULL,
    PRIMARY KEY (realm, caller, actor, id),
    FOREIGN KEY (realm, revision) REFERENCES change (realm, revision)
);

CREATE INDEX request_id_by_expiry ON request_id (expires_at);

-- Keys of calling programs. Permissions and realms are parted by single spaces; no realms: all.
CREATE TABLE api_key (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA            NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    permissions TEXT COLLATE "C" NOT NULL,
    realms      TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT           NOT NULL,
    revoked_at  BIGINT
);
