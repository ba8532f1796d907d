-- +goose Up
-- Records that were quarantined and that somebody has released.
CREATE TABLE clean_release (
    record_id TEXT NOT NULL PRIMARY KEY,
    source    TEXT NOT NULL,
    who       TEXT NOT NULL,
    reason    TEXT NOT NULL,
    at        BIGINT NOT NULL
);
-- Texts that are nearly the same as one that stands before them, in the order
-- of sources; dropped is the reason where the record is not to be used.
CREATE TABLE clean_alike (
    source     TEXT NOT NULL,
    record_id  TEXT NOT NULL,
    of_source  TEXT NOT NULL,
    of_record  TEXT NOT NULL,
    via        TEXT NOT NULL,
    similarity DOUBLE PRECISION NOT NULL,
    kept_for   TEXT NOT NULL,
    dropped    TEXT NOT NULL,
    PRIMARY KEY (source, record_id)
);
CREATE INDEX clean_alike_of ON clean_alike (of_record);

-- +goose Down
DROP TABLE clean_alike;
DROP TABLE clean_release;
