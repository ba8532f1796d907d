-- +goose Up
-- Tokens of a call that packages paid for, and which ones; cost is without them.
ALTER TABLE meter_kind ADD COLUMN package TEXT NOT NULL DEFAULT '';
ALTER TABLE meter_ledger ADD COLUMN covered BIGINT NOT NULL DEFAULT 0;

-- Who began a batch, by the ids of the batch and of its outputs in a vendor's account.
CREATE TABLE meter_batch (
    id         TEXT NOT NULL PRIMARY KEY,
    key_id     TEXT NOT NULL,
    department TEXT NOT NULL,
    scenario   TEXT NOT NULL,
    at         BIGINT NOT NULL
);

-- +goose Down
DROP TABLE meter_batch;
ALTER TABLE meter_ledger DROP COLUMN covered;
ALTER TABLE meter_kind DROP COLUMN package;
