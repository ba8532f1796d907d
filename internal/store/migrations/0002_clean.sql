-- +goose Up
-- What a plan made of a record's text; kept once, never changed.
CREATE TABLE clean_record (
    record_id TEXT NOT NULL,
    plan      TEXT NOT NULL,
    title     TEXT NOT NULL,
    text      TEXT NOT NULL,
    label     TEXT NOT NULL,
    lang      TEXT NOT NULL,
    tags      TEXT NOT NULL,
    repairs   TEXT NOT NULL,
    PRIMARY KEY (record_id, plan)
);
-- The current generation of every source.
CREATE TABLE clean_current (
    source     TEXT NOT NULL PRIMARY KEY,
    plan       TEXT NOT NULL,
    generation TEXT NOT NULL,
    records    BIGINT NOT NULL,
    report     TEXT NOT NULL
);
-- The records of a generation in order.
CREATE TABLE clean_member (
    source       TEXT NOT NULL,
    generation   TEXT NOT NULL,
    position     BIGINT NOT NULL,
    record_id    TEXT NOT NULL,
    department   TEXT NOT NULL,
    class        TEXT NOT NULL,
    format       TEXT NOT NULL,
    path         TEXT NOT NULL,
    row_key      TEXT NOT NULL,
    file_id      TEXT NOT NULL,
    line         BIGINT NOT NULL,
    dropped      TEXT NOT NULL,
    duplicate_of TEXT NOT NULL,
    PRIMARY KEY (source, generation, position)
);
CREATE INDEX clean_member_record ON clean_member (record_id);
CREATE INDEX clean_member_duplicate ON clean_member (duplicate_of) WHERE duplicate_of <> '';

-- +goose Down
DROP TABLE clean_member;
DROP TABLE clean_current;
DROP TABLE clean_record;
