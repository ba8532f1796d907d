-- +goose Up
CREATE TABLE space_space (
    id       TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    model    TEXT NOT NULL,
    revision TEXT NOT NULL,
    dim      BIGINT NOT NULL,
    query    TEXT NOT NULL,
    passage  TEXT NOT NULL,
    probe    TEXT NOT NULL,
    data     BLOB NOT NULL
);
CREATE TABLE space_vector (
    space TEXT NOT NULL,
    hash  TEXT NOT NULL,
    data  BLOB NOT NULL,
    PRIMARY KEY (space, hash)
);
CREATE TABLE space_doc (
    base    TEXT NOT NULL,
    space   TEXT NOT NULL,
    version TEXT NOT NULL,
    hashes  BLOB NOT NULL,
    PRIMARY KEY (base, space, version)
);
CREATE TABLE space_alias (
    base       TEXT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    uses       TEXT NOT NULL
);

-- +goose Down
DROP TABLE space_alias;
DROP TABLE space_doc;
DROP TABLE space_vector;
DROP TABLE space_space;
