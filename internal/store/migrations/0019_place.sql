-- +goose Up
-- Where a record stands in a file whose bytes are no text: sheet and cell, page
-- and box, mime part.
ALTER TABLE source_place ADD COLUMN location TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE source_place DROP COLUMN location;
