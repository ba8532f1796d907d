-- +goose Up
-- What a row was marked with: alert, degraded, batch, or the guard that refused
-- the call; and the tokens that a vendor wrote to its cache.
ALTER TABLE meter_kind ADD COLUMN mark TEXT NOT NULL DEFAULT '';
ALTER TABLE meter_ledger ADD COLUMN cache_write BIGINT NOT NULL DEFAULT 0;

-- What must be billed once, such as the output of a batch.
CREATE TABLE meter_once (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE meter_once;
ALTER TABLE meter_ledger DROP COLUMN cache_write;
ALTER TABLE meter_kind DROP COLUMN mark;
