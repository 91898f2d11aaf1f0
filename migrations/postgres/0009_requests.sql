-- Changes that wait for their approvers: what is asked of many of them at once. Each whole stands in `entity`.

CREATE TABLE request (
    realm      TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    request    TEXT COLLATE "C" NOT NULL,
    -- Null: the person it is about, who was no user then.
    author     TEXT COLLATE "C",
    -- As the log numbers the stages.
    stage      BIGINT NOT NULL,
    -- When something happens to it without anybody doing anything; null: nothing does.
    due_at     BIGINT,
    -- From when on it is overdue, while it waits for a desk.
    overdue_at BIGINT,
    etag       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (realm, request)
);

CREATE INDEX request_by_author ON request (realm, author, created_at, request) WHERE author IS NOT NULL;
CREATE INDEX request_due ON request (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX request_overdue ON request (realm, overdue_at, request) WHERE overdue_at IS NOT NULL;

-- Whom requests are about.
CREATE TABLE request_subject (
    realm   TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    "user"    TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, "user", request)
);

CREATE INDEX request_subject_of ON request_subject (realm, request);

-- What requests wait for.
CREATE TABLE request_wait (
    realm   TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    -- 1: who approves in a unit, 2: who approves for a system, 3: a desk.
    kind    BIGINT NOT NULL,
    target  TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, kind, target, request)
);

CREATE INDEX request_wait_of ON request_wait (realm, request);
