// Package score compares outputs with gold: it holds the scorers that a
// scenario's bar is measured with, each giving values in [0,1].
//
// ExactLabel reads the one label that a reply names, whatever quotes, case,
// width or chatter surround it. AnswerAndCitation asks for a right answer and
// a right citation, and gives credit for a right refusal. Fields compares the
// values of an extraction by what they are, dates as dates. Classes reports
// macro-F1 and per-class figures beside the accuracy that is certified.
//
// A scorer's version is part of its name: a study is certified under one
// scorer. Scorers call no model; an LLM judge alone never certifies.
package score
