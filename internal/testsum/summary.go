package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is a line of go test -json (cmd/test2json).
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64
	Output      string
	ImportPath  string // of build-output
	FailedBuild string
}

type test struct {
	output   []string
	result   string // pass, fail, skip; "" while it runs
	children int
	broken   int // children that failed
}

type name struct{ pkg, test string }

type summary struct {
	w       io.Writer
	tests   map[name]*test
	order   []name
	builds  map[string][]string // compiler output by import path
	passed  int
	failed  int
	skipped map[string][]string // tests by reason
	none    int                 // packages without tests
}

func newSummary(w io.Writer) *summary {
	return &summary{w: w, tests: map[name]*test{}, builds: map[string][]string{}, skipped: map[string][]string{}}
}

func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(s.w, "%s", line) // not of test2json: show it
			} else {
				s.event(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) get(n name) *test {
	t := s.tests[n]
	if t == nil {
		t = &test{}
		s.tests[n] = t
		s.order = append(s.order, n)
		if p := s.parent(n); p != nil {
			p.children++
		}
	}
	return t
}

// parent is the test that n is a subtest of, or nil.
func (s *summary) parent(n name) *test {
	i := strings.LastIndex(n.test, "/")
	for i > 0 {
		if p := s.tests[name{n.pkg, n.test[:i]}]; p != nil {
			return p
		}
		i = strings.LastIndex(n.test[:i], "/") // a name that has a slash
	}
	return nil
}

func (s *summary) event(e event) {
	switch e.Action {
	case "build-output":
		s.builds[e.ImportPath] = append(s.builds[e.ImportPath], e.Output)
		return
	case "build-fail":
		return
	}
	t := s.get(name{e.Package, e.Test})
	switch e.Action {
	case "output":
		t.output = append(t.output, e.Output)
	case "pass", "fail", "skip":
		t.result = e.Action
		if e.Test == "" {
			s.packageDone(e, t)
			return
		}
		if p := s.parent(name{e.Package, e.Test}); p != nil && e.Action == "fail" {
			p.broken++
		}
	}
}

// packageDone counts the package's tests and forgets them.
func (s *summary) packageDone(e event, pkg *test) {
	failedBefore := s.failed
	tests := 0
	for _, n := range s.order {
		t := s.tests[n]
		if n.pkg != e.Package || n.test == "" {
			continue
		}
		tests++
		switch {
		case t.result == "skip":
			why := reason(t.output)
			s.skipped[why] = append(s.skipped[why], short(n.pkg)+" "+n.test)
		case t.result == "pass" && t.children == 0:
			s.passed++
		case t.result == "fail" && t.broken == 0, t.result == "":
			// "" did not end: a panic, a timeout or os.Exit in it.
			if t.result == "" && t.children > 0 {
				continue
			}
			s.failed++
			fmt.Fprintf(s.w, "\n=== %s %s\n%s", short(n.pkg), n.test, strings.Join(t.output, ""))
		case t.result == "fail" && len(t.output) > 2:
			fmt.Fprintf(s.w, "\n=== %s %s\n%s", short(n.pkg), n.test, strings.Join(t.output, ""))
		}
	}
	if e.Action == "fail" && s.failed == failedBefore {
		s.failed++
		fmt.Fprintf(s.w, "\n=== %s\n%s%s", short(e.Package), strings.Join(s.builds[e.FailedBuild], ""), strings.Join(pkg.output, ""))
	}
	for _, n := range s.order {
		if n.pkg == e.Package {
			delete(s.tests, n)
		}
	}
	s.order = slices.DeleteFunc(s.order, func(n name) bool { return n.pkg == e.Package })
	if tests == 0 && e.Action == "skip" {
		s.none++
		return
	}
	word := map[string]string{"pass": "ok", "fail": "FAIL", "skip": "ok"}[e.Action]
	cached := ""
	if slices.ContainsFunc(pkg.output, func(line string) bool { return strings.Contains(line, "(cached)") }) {
		cached = " (cached)"
	}
	fmt.Fprintf(s.w, "%-4s  %-40s %7.1f s%s\n", word, short(e.Package), e.Elapsed, cached)
}

var at = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// reason is what a test said before it was skipped.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		text := strings.TrimSpace(at.ReplaceAllString(line, ""))
		if text != "" && !strings.HasPrefix(text, "=== ") && !strings.HasPrefix(text, "--- ") {
			said = append(said, text)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return said[len(said)-1]
}

// short is a package without the module's host and owner.
func short(pkg string) string {
	if parts := strings.SplitN(pkg, "/", 4); len(parts) == 4 && strings.Contains(parts[0], ".") {
		return parts[3]
	}
	return pkg
}

// print writes what was skipped and the closing line; it returns how many
// tests failed.
func (s *summary) print() int {
	n, reasons := 0, make([]string, 0, len(s.skipped))
	for why, tests := range s.skipped {
		n += len(tests)
		reasons = append(reasons, why)
	}
	slices.Sort(reasons)
	fmt.Fprintln(s.w)
	if n > 0 {
		fmt.Fprintln(s.w, "Skipped:")
	}
	const shown = 5
	for _, why := range reasons {
		tests := s.skipped[why]
		slices.Sort(tests)
		fmt.Fprintf(s.w, "  %s\n", why)
		for _, t := range tests[:min(shown, len(tests))] {
			fmt.Fprintf(s.w, "      %s\n", t)
		}
		if len(tests) > shown {
			fmt.Fprintf(s.w, "      and %d more\n", len(tests)-shown)
		}
	}
	if s.none > 0 {
		fmt.Fprintf(s.w, "Without tests: %d packages\n", s.none)
	}
	fmt.Fprintf(s.w, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, n)
	return s.failed
}
