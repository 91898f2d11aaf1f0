-- What is held somewhere, looked at again: what is asked of many reviews at once. Each whole stands in `entity`.

CREATE TABLE review (
    realm      TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    review     TEXT COLLATE "C" NOT NULL,
    opened_at  BIGINT NOT NULL,
    -- Null: it is over.
    due_at     BIGINT,
    PRIMARY KEY (realm, review)
);

CREATE INDEX review_by_opening ON review (realm, opened_at, review);
CREATE INDEX review_due ON review (due_at) WHERE due_at IS NOT NULL;

-- Whom reviews are about: why something was done to one goes when one of them is erased.
CREATE TABLE review_subject (
    realm      TEXT COLLATE "C" NOT NULL REFERENCES realm (realm),
    "user"     TEXT COLLATE "C" NOT NULL,
    review     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (realm, "user", review)
);
