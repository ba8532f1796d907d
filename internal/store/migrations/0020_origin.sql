-- +goose Up
-- What an origin, such as a bucket or a table, called the bytes seen last: the
-- same mark means that they need not be read again.
ALTER TABLE source_current ADD COLUMN mark TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE source_current DROP COLUMN mark;
