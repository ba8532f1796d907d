-- +goose Up
-- One version of a file, read in one way; never changed.
CREATE TABLE source_file (
    id         TEXT NOT NULL PRIMARY KEY,
    source     TEXT NOT NULL,
    department TEXT NOT NULL,
    path       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    format     TEXT NOT NULL,
    charset    TEXT NOT NULL,
    bom        BIGINT NOT NULL,
    doubtful   BIGINT NOT NULL,
    lossy      BIGINT NOT NULL,
    columns    TEXT NOT NULL,
    records    BIGINT NOT NULL,
    notes      TEXT NOT NULL,
    read_at    BIGINT NOT NULL
);
-- The state of every path of a source.
CREATE TABLE source_current (
    source  TEXT NOT NULL,
    path    TEXT NOT NULL,
    file_id TEXT NOT NULL,
    hash    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (source, path)
);
-- What a record says; never changed.
CREATE TABLE source_record (
    id     TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    path   TEXT NOT NULL,
    class  TEXT NOT NULL,
    format TEXT NOT NULL,
    title  TEXT NOT NULL,
    text   TEXT NOT NULL,
    label  TEXT NOT NULL,
    fields TEXT NOT NULL
);
-- Where it stands in each version of its file.
CREATE TABLE source_place (
    file_id    TEXT NOT NULL,
    ordinal    BIGINT NOT NULL,
    record_id  TEXT NOT NULL,
    line       BIGINT NOT NULL,
    first_byte BIGINT NOT NULL,
    end_byte   BIGINT NOT NULL,
    cells      BLOB NOT NULL,
    PRIMARY KEY (file_id, ordinal)
);
CREATE INDEX source_place_record ON source_place (record_id, file_id);

-- +goose Down
DROP TABLE source_place;
DROP TABLE source_record;
DROP TABLE source_current;
DROP TABLE source_file;
