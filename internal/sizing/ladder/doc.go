// Package ladder decides, item by item, which of several candidates is the
// cheapest that provably meets a bar, for as few calls as it can.
//
// Candidates come in cost order. The ladder asks for scores (Next, Observe),
// tests the current candidate after every item, leaves it when it is
// certified, refuted, set aside or out of items, and stops at the first
// certificate. The live study and the replay on recorded outcomes drive the
// same code.
//
// What is guaranteed rests on package etest alone: each candidate's tests run
// at its share of alpha and beta, shares fixed before data or by probe items
// only. Setting a candidate aside is a prediction: it costs money or a dearer
// choice, never safety. The package makes no calls, knows no prices, and is
// deterministic: equal scores in equal order give equal verdicts.
package ladder
