// Package score compares outputs with gold: it holds the scorers that a
// scenario's bar is measured with, each giving values in [0,1].
//
// ExactLabel reads the one label that a reply names, whatever quotes, case,
// width or chatter surround it; MacroF1 does too, and bounds macro-F1, which
// is no mean of items; LabelSet compares all labels that a text has.
// AnswerAndCitation asks for a right answer and a right citation, and gives
// credit for a right refusal. FieldMatch compares the fields of an extraction
// as values (package typed), under a schema. Rubric counts points met,
// ToolCalls compares calls of functions. There is none for the end state of
// an agent, nor pass^k: luodi makes one call an item and runs no agents.
//
// A scorer's version is part of its name: a study is certified under one
// scorer. Scorers are strict: what a program could not use is not mended.
// They call no model; a judge (package judge) alone never certifies.
package score
