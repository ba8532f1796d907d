-- +goose Up
CREATE TABLE knowledge_base (
    name       TEXT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    settings   BLOB NOT NULL
);
CREATE TABLE knowledge_version (
    base       TEXT NOT NULL,
    id         TEXT NOT NULL,
    document   TEXT NOT NULL,
    address    TEXT NOT NULL,
    title      TEXT NOT NULL,
    source     TEXT NOT NULL,
    department TEXT NOT NULL,
    format     TEXT NOT NULL,
    readers    TEXT NOT NULL,
    size       BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    effective  BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    state      TEXT NOT NULL,
    segment    BIGINT NOT NULL,
    outline    BLOB NOT NULL,
    PRIMARY KEY (base, id)
);
CREATE INDEX knowledge_version_document ON knowledge_version (base, document);
CREATE INDEX knowledge_version_address ON knowledge_version (base, address);
CREATE TABLE knowledge_text (
    base    TEXT NOT NULL,
    version TEXT NOT NULL,
    block   BIGINT NOT NULL,
    data    BLOB NOT NULL,
    PRIMARY KEY (base, version, block)
);
CREATE TABLE knowledge_segment (
    base   TEXT NOT NULL,
    id     BIGINT NOT NULL,
    chunks BIGINT NOT NULL,
    meta   BLOB NOT NULL,
    access BLOB NOT NULL,
    PRIMARY KEY (base, id)
);
CREATE TABLE knowledge_page (
    base    TEXT NOT NULL,
    segment BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    data    BLOB NOT NULL,
    PRIMARY KEY (base, segment, number)
);

-- +goose Down
DROP TABLE knowledge_page;
DROP TABLE knowledge_segment;
DROP TABLE knowledge_text;
DROP TABLE knowledge_version;
DROP TABLE knowledge_base;
