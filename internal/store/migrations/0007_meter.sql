-- +goose Up
-- What many calls have in common, once: id is the hash of the rest.
CREATE TABLE meter_kind (
    id            BIGINT NOT NULL PRIMARY KEY,
    key_id        TEXT NOT NULL,
    department    TEXT NOT NULL,
    scenario      TEXT NOT NULL,
    configuration TEXT NOT NULL,
    model         TEXT NOT NULL,
    vendor        TEXT NOT NULL,
    price_row     TEXT NOT NULL,
    currency      TEXT NOT NULL,
    rate          TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    estimated     BIGINT NOT NULL
);

-- How far each segment is filled in: id is the hash of its name.
CREATE TABLE meter_segment (
    id     BIGINT NOT NULL PRIMARY KEY,
    name   TEXT NOT NULL,
    filled BIGINT NOT NULL
);

-- One row for each call, written once. Segment and offset are its identity.
CREATE TABLE meter_ledger (
    segment     BIGINT NOT NULL,
    pos         BIGINT NOT NULL,
    id          TEXT NOT NULL,
    at          BIGINT NOT NULL,
    kind        BIGINT NOT NULL,
    input       BIGINT NOT NULL,
    cached      BIGINT NOT NULL,
    output      BIGINT NOT NULL,
    reasoning   BIGINT NOT NULL,
    cost        BIGINT NOT NULL,
    over_hold   BIGINT NOT NULL,
    latency     BIGINT NOT NULL,
    first_token BIGINT NOT NULL,
    PRIMARY KEY (segment, pos)
);
CREATE INDEX meter_ledger_at ON meter_ledger (at);

-- A window of a budget: what its calls have cost, and what processes hold.
CREATE TABLE meter_budget (
    id     TEXT NOT NULL PRIMARY KEY,
    spent  BIGINT NOT NULL,
    leased BIGINT NOT NULL
);

-- The part of meter_budget.leased that each process holds.
CREATE TABLE meter_lease (
    node   TEXT NOT NULL,
    budget TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (node, budget)
);

-- +goose Down
DROP TABLE meter_lease;
DROP TABLE meter_budget;
DROP TABLE meter_ledger;
DROP TABLE meter_segment;
DROP TABLE meter_kind;
