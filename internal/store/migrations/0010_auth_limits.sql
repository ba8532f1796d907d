-- +goose Up
-- What a key may ask in a minute, 0 without limit, and for how many seconds
-- its equal calls are answered from memory, 0 never.
ALTER TABLE auth_key ADD COLUMN requests_per_minute BIGINT NOT NULL DEFAULT 0;
ALTER TABLE auth_key ADD COLUMN tokens_per_minute BIGINT NOT NULL DEFAULT 0;
ALTER TABLE auth_key ADD COLUMN cache_seconds BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE auth_key DROP COLUMN cache_seconds;
ALTER TABLE auth_key DROP COLUMN tokens_per_minute;
ALTER TABLE auth_key DROP COLUMN requests_per_minute;
