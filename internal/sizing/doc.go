// Package sizing finds the cheapest configuration that provably meets a
// scenario's bar on its own items, and issues the certificate.
//
// The unit is a Configuration: model, endpoint, prompt, retrieval, decoding,
// or a small model trained here. Study runs the cost ladder: it tests the
// cheapest candidate first, stops at the first certificate, caches every call
// by (configuration, item) so that nothing is paid twice, and never passes its
// money limit. Candidates without an endpoint get a plan (labels, calls,
// money) instead of a result. A Decision keeps what was decided with
// everything needed to recompute it (Verify); prices are apart from quality
// (Reprice).
//
// The statistics are in etest, the decision rule in ladder, scorers in score,
// prompts in prompt, the proof on recorded outcomes in replay. The package
// knows no HTTP, SQL or vendor: a Runner makes the calls and a Store keeps
// the outcomes. It promises nothing about drift or silent vendor updates.
package sizing
