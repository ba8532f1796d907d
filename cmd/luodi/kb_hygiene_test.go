package main

import (
	"encoding/json"
	"testing"
)

// The sample bank's rules are in order but for what is there on purpose; every
// finding is in the queue of a department and names its documents.
func TestHygieneOfTheSampleBank(t *testing.T) {
	dir := bankCopy(t)
	var res struct {
		Base   string
		Counts map[string]int
		Queues []struct {
			Department string
			Findings   []struct {
				Kind, Department, Detail string
				Addresses                []string
			}
		}
	}
	if err := json.Unmarshal(luodi(t, "kb", "hygiene", "-C", dir, "--json"), &res); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, q := range res.Queues {
		for _, f := range q.Findings {
			n++
			if f.Department != q.Department || len(f.Addresses) == 0 || f.Detail == "" {
				t.Errorf("in the queue of %s: %+v", q.Department, f)
			}
		}
	}
	for _, c := range res.Counts {
		n -= c
	}
	if res.Base == "" || n != 0 {
		t.Errorf("%+v", res)
	}
	t.Logf("%s: %v", res.Base, res.Counts)
}
