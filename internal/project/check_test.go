package project_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/strictyaml"
)

// Every section is one line, so that problems are told apart by their column.
func TestProblems(t *testing.T) {
	const (
		src   = "sources: [{name: a, path: a.csv, label: y}, {name: b, path: b.md}]\n"
		base  = "knowledge: [{name: kb, sources: [b]}]\n"
		model = "models: [{name: m, vendor: deepseek}]\n"
		scen  = "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.8}, "
		ask   = "scenarios: [{name: s, task: answer, knowledge: kb, items: {file: q.jsonl}, "
	)
	tests := []struct{ name, in, want string }{
		{"an empty file", "", "1:1: project is missing: the project's name"},
		{"no project", "departments: []\n", "1:1: project is missing: the project's name"},
		{"a name with a space", "project: my bank\n", `1:10: "my bank" cannot be a name: up to 64 letters, digits and the marks - _ ., a letter or digit first`},
		{"a section that is no list", "project: p\nsources: {name: a}\n", `2:10: expected a list, found a mapping; write each entry as "- …"`},
		{"a population that is none", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, population: shut}, bar: {at_least: 0.8}}]\n", `3:70: unknown population "shut"; there are traffic, closed`},
		{"a cascade over a closed population", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a, population: closed}, bar: {at_least: 0.8}, cascade: {of: m, loss: 0.01}}]\n", "4:70: a cascade is certified for traffic; over a closed population there is no test of it"},
		{"macro-F1 over a closed population", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a, population: closed}, bar: {metric: macro_f1, at_least: 0.8}}]\n", "4:70: macro_f1 has no test of draws without replacement; a closed population needs another metric"},
		{"an unknown section", "project: p\nscenario: []\n", `2:1: unknown key "scenario" (did you mean "scenarios"?)`},
		{"a name twice", "project: p\ndepartments: [{name: a}, {name: b}, {name: a}]\n", `2:44: a second department "a"; the first is in line 2`},
		{"no name", "project: p\ndepartments: [{parent: a}]\n", "2:15: name is missing: every department has one\n" + `2:24: unknown department "a"; the file declares none`},
		{"a circle of departments", "project: p\ndepartments: [{name: a, parent: b}, {name: b, parent: a}]\n", "2:33: department \"a\" is above itself\n2:55: department \"b\" is above itself"},
		{"one's own parent", "project: p\ndepartments: [{name: a, parent: a}]\n", `2:33: department "a" is above itself`},
		{"a department where none is declared", "project: p\nsources: [{name: a, path: x, department: service}]\n", `2:42: unknown department "service"; the file declares none`},
		{"a source without path", "project: p\nsources: [{name: a}]\n", `2:11: path is missing: a file or a pattern such as "rules/**/*.md"`},
		{"a broken pattern", "project: p\nsources: [{name: a, path: \"x/[a.md\"}]\n", `2:27: "[a.md" is not a pattern: a [ without ], or a \ at the end`},
		{"** within a name", "project: p\nsources: [{name: a, path: \"x/**.md\"}]\n", `2:27: ** stands for whole folders; write it between slashes, as in rules/**/*.md`},
		{"a path outside of its root", "project: p\nsources: [{name: a, path: \"law/*.md\", root: rules}]\n", `2:45: path "law/*.md" does not lie below root "rules"; both are relative to the project's directory`},
		{"an unset variable of a path", "project: p\nsources: [{name: a, path: \"${NONE}/x\"}]\n", `2:27: the environment variable NONE is not set`},
		{"a variable without quotes", "project: p\nsources:\n- name: a\n  path: ${NONE}/x\n", `4:9: put a value with a variable in quotes: "${NAME}"`},
		{"a default for a variable", "project: p\nsources: [{name: a, path: \"${NONE:-y}/x\"}]\n", `2:27: a variable is written "${NAME}": letters, digits and _ between the braces, nothing else`},
		{"label is text", "project: p\nsources: [{name: a, path: x, text: t, label: t}]\n", `2:46: column "t" is text and label: a model would read the answer`},
		{"an unknown source of a base", "project: p\n" + src + "knowledge: [{name: kb, sources: [bb]}]\n", `3:34: unknown source "bb"; there are a, b`},
		{"a base of nothing", "project: p\nknowledge: [{name: kb, sources: []}]\n", "2:33: the list is empty; name at least one source"},
		{"a base of the same twice", "project: p\n" + src + "knowledge: [{name: kb, sources: [a, a]}]\n", `3:37: source "a" again`},
		{"an unknown reader", "project: p\ndepartments: [{name: risk}]\n" + src + "knowledge: [{name: kb, sources: [b], readers: [rsik, \"user:x\"]}]\n",
			"4:48: unknown department \"rsik\" (did you mean \"risk\"?)\n" + `4:54: "user:x" is no user; write "user:name@example.com" in quotes`},
		{"a reader with a colon", "project: p\n" + src + "knowledge: [{name: kb, sources: [b], readers: [user:x@y.z]}]\n", "3:48: expected text, found a mapping; put text that holds a colon in quotes"},
		{"an unknown vendor that is known otherwise", "project: p\nmodels: [{name: m, vendor: qwen}]\n", `2:28: unknown vendor "qwen" (did you mean "dashscope"?)`},
		{"a misspelt vendor", "project: p\nmodels: [{name: m, vendor: depseek}]\n", `2:28: unknown vendor "depseek" (did you mean "deepseek"?)`},
		{"a vendor that nobody knows", "project: p\nmodels: [{name: m, vendor: acme}]\n", `2:28: unknown vendor "acme"; luodi doctor lists the vendors; for any other OpenAI-compatible server leave vendor out and give endpoint`},
		{"neither vendor nor endpoint", "project: p\nmodels: [{name: m}]\n", `2:10: model "m" needs vendor, or the endpoint of a server of its own`},
		{"a local model without endpoint", "project: p\nmodels: [{name: m, vendor: local}]\n", `2:28: the vendor local has no address of its own; add endpoint: http://127.0.0.1:8081/v1 or so`},
		{"an endpoint without scheme", "project: p\nmodels: [{name: m, endpoint: \"127.0.0.1:8081\"}]\n", `2:30: the endpoint is no address; write it as http://127.0.0.1:8081/v1`},
		{"a key in the file", "project: p\nmodels: [{name: m, vendor: deepseek, key: sk-123}]\n", `2:43: never write a key into this file; write key: "${NAME}" and set NAME in the environment`},
		{"a reserved model name", "project: p\nmodels: [{name: small, vendor: deepseek}]\n", `2:17: "small" is a candidate of its own (the classifier trained here); give the model another name`},
		{"a model that looks like a scenario", "project: p\nmodels: [{name: scenario/x, vendor: deepseek}]\n", `2:17: scenario/… is how the gateway calls scenarios; give the model another name`},
		{"half a price", "project: p\nmodels: [{name: m, vendor: deepseek, price: {in: 1}}]\n", `2:45: out is missing: price per million output tokens; 0 where nothing is charged`},
		{"a negative price", "project: p\nmodels: [{name: m, vendor: deepseek, price: {in: -1, out: 1}}]\n", `2:50: price "-1": not a non-negative decimal number; write it as 0.8 or 12`},
		{"a price in euro", "project: p\nmodels: [{name: m, vendor: deepseek, price: {in: 1, out: 1, currency: EUR}}]\n", `2:71: unknown currency "EUR"; there are CNY, USD`},
		{"a cost without its rate", "project: p\nmodels: [{name: m, endpoint: \"http://h/v1\", cost: {gpu_per_hour: 12 CNY, utilisation: 0.6}}]\n", `2:51: tokens_per_second is missing: tokens a second, of prompts and replies together, at the latency bar`},
		{"a utilisation in percent", "project: p\nmodels: [{name: m, endpoint: \"http://h/v1\", cost: {gpu_per_hour: 12 CNY, tokens_per_second: 900, utilisation: 60}}]\n", `2:111: expected a share above 0 and at most 1, such as 0.6`},
		{"no GPU", "project: p\nmodels: [{name: m, endpoint: \"http://h/v1\", cost: {gpu_per_hour: 12 CNY, gpus: 0, tokens_per_second: 900, utilisation: 0.6}}]\n", `2:80: expected at least 1, found 0`},
		{"a GPU without currency", "project: p\nmodels: [{name: m, endpoint: \"http://h/v1\", cost: {gpu_per_hour: 12, tokens_per_second: 900, utilisation: 0.6}}]\n", `2:66: an amount of money needs its currency; write 12 CNY or 12 USD`},
		{"price and cost", "project: p\nmodels: [{name: m, endpoint: \"http://h/v1\", price: {in: 1, out: 1}, cost: {gpu_per_hour: 12 CNY, tokens_per_second: 900, utilisation: 0.6}}]\n", `2:75: a model has either price (a vendor's) or cost (your own GPUs), not both`},
		{"a scenario of nothing", "project: p\nscenarios: [{name: s}]\n", "2:13: task is missing: one of classify, tag, extract, answer, generate, judge, tools"},
		{"an unknown task", "project: p\n" + src + strings.Replace(scen, "classify", "classification", 1) + "}]\n", `3:29: unknown task "classification" (did you mean "classify"?)`},
		{"items of two kinds", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, file: f}, bar: {at_least: 0.8}}]\n", `3:64: items are rows of a source or of a file, not both`},
		{"items of none", "project: p\nscenarios: [{name: s, task: classify, items: {test: 0.3}, bar: {at_least: 0.8}}]\n", `2:46: items need a source or a file: {source: NAME, test: 0.3} or {file: questions.jsonl}`},
		{"items without label", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: b}, bar: {at_least: 0.8}}]\n", `3:55: source "b" has no label column, so there is nothing to measure against; add label: COLUMN to it`},
		{"a share of 30", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, test: 30}, bar: {at_least: 0.8}}]\n", `3:64: expected a share of the rows between 0 and 1, such as 0.3, or {source: NAME}; found "30"`},
		{"a test source that is the training source", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, test: {source: a}}, bar: {at_least: 0.8}}]\n", `3:73: the source to measure on is the one to train on; name another, or give a share: test: 0.3`},
		{"an unknown split", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, split_by: rows}, bar: {at_least: 0.8}}]\n", `3:68: unknown split "rows" (did you mean "row"?)`},
		{"a split of a file", "project: p\n" + src + base + "scenarios: [{name: s, task: answer, knowledge: kb, items: {file: q, test: 0.3}, bar: {at_least: 0.8}}]\n", `4:75: the items of a file are all measured, so test says nothing; to split rows, declare the file as a source`},
		{"a bar of 85", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 85}}]\n", `3:75: expected a number between 0 and 1, found 85; write 0.85`},
		{"a bar of 85%", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 85%}}]\n", `3:75: expected a number, found the text "85%"; write 0.85`},
		{"a bar below nothing", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: -0.1}}]\n", `3:75: expected a number between 0 and 1, found -0.1`},
		{"more slack than bar", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.5, slack: 0.6}}]\n", `3:87: expected a number between 0 and 0.5, found 0.6`},
		{"a bar of both kinds", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.5, within: 0.1, of: m}}]\n", `4:64: a bar is either {at_least: 0.85} or {within: 0.02, of: MODEL}`},
		{"a bar of neither", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {slack: 0.1}}]\n", `3:64: a bar is either {at_least: 0.85} or {within: 0.02, of: MODEL}`},
		{"a comparison with nobody", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {within: 0.1}}]\n", `4:64: of is missing: the model to compare with`},
		{"a comparison with an unknown model", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {within: 0.1, of: n}}]\n", `4:82: unknown model "n"; there are m, small, extractive`},
		{"a metric of another task", "project: p\n" + src + scen[:len(scen)-len("at_least: 0.8}, ")] + "metric: acuracy, at_least: 0.8}}]\n", `3:73: unknown metric "acuracy" of task classify (did you mean "accuracy"?)`},
		{"citations without knowledge", "project: p\nscenarios: [{name: s, task: answer, items: {file: q}, bar: {at_least: 0.8}}]\n", `2:60: the metric answer_and_citation needs something to cite; add knowledge: NAME to the scenario`},
		{"an unknown candidate", "project: p\n" + src + model + scen + "candidates: [small, n]}]\n", `4:101: unknown candidate "n"; there are m, small, extractive`},
		{"a candidate twice", "project: p\n" + src + model + scen + "candidates: [m, small, m]}]\n", `4:104: candidate "m" again`},
		{"a classifier that shall answer", "project: p\n" + src + base + ask + "bar: {at_least: 0.8}, candidates: [small, extractive]}]\n", `4:111: small is a classifier; this task is answer`},
		{"passages as a class", "project: p\n" + src + scen + "candidates: [extractive]}]\n", `3:94: extractive answers with passages; this task is classify`},
		{"shares that are no whole", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, strata: {column: c, shares: {x: 0.5, y: 0.4}}}, bar: {at_least: 0.8}}]\n", `3:66: the shares of traffic add up to 0.9, not to 1`},
		{"strata of customers", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, split_by: customer, strata: {column: c, shares: {x: 1}}}, bar: {at_least: 0.8}}]\n", `3:86: rows of one customer are measured as one, and cannot be weighted; split by row or time`},
		{"strata of a file", "project: p\n" + base + src + "scenarios: [{name: s, task: classify, items: {file: q.jsonl, strata: {column: c, shares: {x: 1}}}, bar: {at_least: 0.8}}]\n", `4:70: strata names a column, and the items of a file have none; declare the file as a source`},
		{"labels without the least", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, labels: {probability: p}}, bar: {at_least: 0.8}}]\n", `3:66: least is missing: the least probability of a label that any row had, such as 0.3`},
		{"labels with macro_f1", "project: p\n" + src + "scenarios: [{name: s, task: classify, items: {source: a, labels: {probability: p, least: 0.5}}, bar: {metric: macro_f1, at_least: 0.8}}]\n", `3:66: labels goes with an absolute bar on a mean score, without a cascade, and not with a closed population`},
		{"drift without a share", "project: p\n" + src + scen + "drift: {}}]\n", `3:88: sample is missing: the share of served calls to draw for labels, such as 0.02`},
		{"drift of nothing", "project: p\n" + src + scen + "drift: {sample: 0}}]\n", `3:97: a share of 0 draws no call; leave drift out`},
		{"drift in percent", "project: p\n" + src + scen + "drift: {sample: 2}}]\n", `3:97: expected a number between 0 and 1, found 2; write 0.02`},
		{"no traffic", "project: p\n" + src + scen + "traffic: {requests_per_month: -5}}]\n", `3:111: expected at least 1 request per month, found -5`},
		{"a latency without unit", "project: p\n" + src + scen + "latency: {p95: 800}}]\n", `3:96: expected a duration such as 800ms or 1.5s, found the number 800`},
		{"a latency below nothing", "project: p\n" + src + scen + "latency: {p95: -1s}}]\n", `3:96: expected a duration above 0 such as 800ms, found -1s`},
		{"a prompt that shows nothing", "project: p\n" + src + scen + "prompt: \"Choose one of {labels}\"}]\n", `3:89: the prompt has no {input}, so the model would not see the item`},
		{"a prompt with two braces", "project: p\n" + src + scen + "prompt: \"{{text}}\"}]\n", `3:89: unknown placeholder {{text}} (did you mean {input}?)`},
		{"a prompt that shows JSON is fine", "project: p\n" + src + scen + "prompt: 'Reply {\"class\": 1} or {nothing} for {input} of {labels}'}]\n", ""},
		{"passages without knowledge", "project: p\n" + src + scen + "prompt: \"{input} {passages}\"}]\n", `3:89: the prompt has {passages} but the scenario no knowledge base`},
		{"a limit without currency", "project: p\nbudgets: [{per: month, limit: 3000}]\n", `2:31: an amount of money needs its currency; write 3000 CNY or 3000 USD`},
		{"a limit in euro", "project: p\nbudgets: [{per: month, limit: 3000 EUR}]\n", `2:31: unknown currency "EUR"; there are CNY and USD`},
		{"a limit below nothing", "project: p\nbudgets: [{per: month, limit: -1 CNY}]\n", `2:31: expected an amount of money such as 3000 CNY: amount "-1": not a non-negative decimal number; write it as 0.8 or 12`},
		{"a limit as a mapping", "project: p\nbudgets: [{per: month, limit: {cny: 3}}]\n", `2:31: expected a single value, found a mapping`},
		{"an unknown period", "project: p\nbudgets: [{per: monthly, limit: 1 CNY}]\n", `2:17: unknown period "monthly" (did you mean "month"?)`},
		{"no period, no limit", "project: p\nbudgets: [{}]\n", "2:11: per is missing: day or month"},
		{"a budget twice", "project: p\nbudgets:\n- {per: month, limit: 1 CNY}\n- {per: month, limit: 2 CNY}\n", "4:3: a second budget for the same; the first is in line 3"},
		{"a budget of an unknown scenario", "project: p\nbudgets: [{scenario: s, per: day, limit: 1 CNY}]\n", `2:22: unknown scenario "s"; the file declares none`},
		{"another database", "project: p\nstore: {url: \"mysql://h/d\"}\n", `2:14: the address of a store begins with postgres://; leave store out to keep state below .luodi/`},
		{"a store without address", "project: p\nstore: {}\n", `2:8: url is missing: postgres://user@host/database; leave store out to keep state below .luodi/`},
		{"a schema of a task without fields", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, schema: x.json, items: {source: a}, bar: {at_least: 0.8}}]\n",
			"4:47: a schema is of the fields to extract; this task is classify"},
		{"macro-F1 against a model", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {metric: macro_f1, within: 0.02, of: m}}]\n",
			"4:91: a bar of macro_f1 is absolute: it is no mean of items, so there are no paired differences to test; write at_least, or take accuracy"},
		{"a bar of no cost", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.8, cost: 0}}]\n",
			`4:86: expected what 1,000 requests may cost in CNY, above 0, such as 20; found "0"`},
		{"a bar of cost in dollars", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.8, cost: 3 USD}}]\n",
			`4:86: a bar of cost is in CNY per 1,000 requests, whatever the models are priced in; found "3 USD"`},
		{"a bar of cost of a cascade", "project: p\n" + src + model + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.8, cost: 20}, cascade: {of: m, loss: 0.02}, candidates: [small, m]}]\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.in)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(tt.want, told(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// told are the problems of a file, one a line.
func told(err error) string {
	var problems strictyaml.Problems
	if !errs.Is(err, errs.CodeInvalid) || !errors.As(err, &problems) {
		return fmt.Sprint("no problems but: ", err)
	}
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message))
	}
	return strings.Join(out, "\n")
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	_, err := parse(`project: bank
departments:
  - name: service
sources:
  - {name: tickets, departmnt: service, path: data/tickets.csv, text: text, label: category}
  - {name: tickets, department: servcie, path: "data/rules/**/*.md"}
models:
  - {name: qwen-plus, vendor: qwen, key: sk-0123456789}
scenarios:
  - name: intent
    task: classify
    items: {source: ticket, test: 0.3}
    bar: {metric: accuracy, at_least: 85, slack: 0.02}
    latency: {p95: 800}
budgets:
  - {department: service, per: month, limit: 3000}
`)
	const want = `bank/luodi.yaml:5:21: unknown key "departmnt" (did you mean "department"?)
    - {name: tickets, departmnt: service, path: data/tickets.csv, text: text, label: category}
                      ^
bank/luodi.yaml:6:12: a second source "tickets"; the first is in line 5
    - {name: tickets, department: servcie, path: "data/rules/**/*.md"}
             ^
bank/luodi.yaml:6:33: unknown department "servcie" (did you mean "service"?)
    - {name: tickets, department: servcie, path: "data/rules/**/*.md"}
                                  ^
bank/luodi.yaml:8:31: unknown vendor "qwen" (did you mean "dashscope"?)
    - {name: qwen-plus, vendor: qwen, key: *************}
                                ^
bank/luodi.yaml:8:42: never write a key into this file; write key: "${NAME}" and set NAME in the environment
    - {name: qwen-plus, vendor: qwen, key: *************}
                                           ^
bank/luodi.yaml:12:21: unknown source "ticket" (did you mean "tickets"?)
      items: {source: ticket, test: 0.3}
                      ^
bank/luodi.yaml:13:39: expected a number between 0 and 1, found 85; write 0.85
      bar: {metric: accuracy, at_least: 85, slack: 0.02}
                                        ^
bank/luodi.yaml:14:20: expected a duration such as 800ms or 1.5s, found the number 800
      latency: {p95: 800}
                     ^
bank/luodi.yaml:16:46: an amount of money needs its currency; write 3000 CNY or 3000 USD
    - {department: service, per: month, limit: 3000}
                                               ^`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

// A file that is damaged anywhere is either still right or refused with a
// problem inside of it; it never panics.
func TestDamagedFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(bank)
		for range rapid.IntRange(1, 4).Draw(t, "damages") {
			at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			n := rapid.IntRange(0, min(20, len(b)-at)).Draw(t, "cut")
			put := rapid.SampledFrom([]string{"", " ", "\n", ":", "- ", "{", "}", "[", "]", "0", "x", "~", "\"", "${", "*a", "&a ", "业"}).Draw(t, "put")
			b = []byte(string(b[:at]) + put + string(b[at+n:]))
			if len(b) == 0 {
				break
			}
		}
		_, err := parse(string(b))
		var problems strictyaml.Problems
		if err == nil || !errors.As(err, &problems) {
			if err != nil {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > strings.Count(string(b), "\n")+1 {
				t.Fatalf("%s is outside of the file", p)
			}
		}
	})
}
