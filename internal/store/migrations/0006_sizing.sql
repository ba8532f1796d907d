-- +goose Up
CREATE TABLE sizing_outcome (
    configuration TEXT NOT NULL,
    item          TEXT NOT NULL,
    output        TEXT NOT NULL,
    PRIMARY KEY (configuration, item)
);
CREATE TABLE sizing_study (
    id       TEXT NOT NULL PRIMARY KEY,
    scenario TEXT NOT NULL,
    number   BIGINT NOT NULL,
    record   TEXT NOT NULL
);
CREATE INDEX sizing_study_scenario ON sizing_study (scenario, number, id);
CREATE TABLE sizing_decision (
    id       TEXT NOT NULL PRIMARY KEY,
    scenario TEXT NOT NULL,
    number   BIGINT NOT NULL,
    decision TEXT NOT NULL
);
CREATE INDEX sizing_decision_scenario ON sizing_decision (scenario, number, id);

-- +goose Down
DROP TABLE sizing_decision;
DROP TABLE sizing_study;
DROP TABLE sizing_outcome;
