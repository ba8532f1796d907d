-- +goose Up
-- What operators found in a text: spans, measures, values. Rows from before
-- have none; their plan's id is another, so they are cleaned anew.
ALTER TABLE clean_record ADD COLUMN found TEXT NOT NULL DEFAULT '{}';
-- "Why was this removed?" is a query of its own.
CREATE INDEX clean_member_removed ON clean_member (source, generation, position) WHERE dropped <> '' OR duplicate_of <> '';
-- Personal data that was taken out of texts, encrypted; a token of a text leads here.
CREATE TABLE clean_sealed (
    token TEXT NOT NULL PRIMARY KEY,
    kind  TEXT NOT NULL,
    box   BLOB NOT NULL
);

-- +goose Down
DROP TABLE clean_sealed;
DROP INDEX clean_member_removed;
ALTER TABLE clean_record DROP COLUMN found;
