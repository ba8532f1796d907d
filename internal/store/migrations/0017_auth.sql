-- +goose Up
-- A key's own budget: its limit and alert in billionths of the currency, its
-- period (day, month, year or none) and the cheaper route beyond the alert. No
-- currency: no budget. prompt_bytes is the longest prompt, 0 without limit.
ALTER TABLE auth_key ADD COLUMN budget BIGINT NOT NULL DEFAULT 0;
ALTER TABLE auth_key ADD COLUMN budget_currency TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_key ADD COLUMN budget_per TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_key ADD COLUMN budget_alert BIGINT NOT NULL DEFAULT 0;
ALTER TABLE auth_key ADD COLUMN degrade TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_key ADD COLUMN prompt_bytes BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE auth_key DROP COLUMN prompt_bytes;
ALTER TABLE auth_key DROP COLUMN degrade;
ALTER TABLE auth_key DROP COLUMN budget_alert;
ALTER TABLE auth_key DROP COLUMN budget_per;
ALTER TABLE auth_key DROP COLUMN budget_currency;
ALTER TABLE auth_key DROP COLUMN budget;
