package bank

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/small"
)

func TestCreditTable(t *testing.T) {
	b := generated(t)
	rows := records(t, b, "data/credit.csv")
	outcomes, missing := map[string]int{}, 0
	for _, row := range rows {
		outcomes[row["outcome"]]++
		for name, cell := range row {
			if cell == "" {
				missing++
				continue
			}
			switch name {
			case "age", "monthly_income", "amount", "months", "existing_loans", "dependents":
				n, err := strconv.Atoi(cell)
				if err != nil || n < 0 || name == "age" && (n < 18 || n > 75) {
					t.Errorf("%s: %s is %q", row["loan_id"], name, cell)
				}
			}
		}
	}
	if missing != b.Truth.MissingCells {
		t.Errorf("%d empty cells, planted %d", missing, b.Truth.MissingCells)
	}
	if bad := outcomes["bad"] * 100 / len(rows); len(outcomes) != 2 || bad < 25 || bad > 45 {
		t.Errorf("outcomes %v", outcomes)
	}
}

// Over the words of the tables a linear classifier is better than guessing and
// clearly below the credit bar; on the alerts it is about at the bar.
func TestTableDifficulty(t *testing.T) {
	b := generated(t)
	for _, c := range []struct {
		file, id, label string
		low, high       float64
	}{
		{"data/credit.csv", "loan_id", "outcome", .70, .82},
		{"data/fraud-alerts.csv", "alert_id", "verdict", .85, .94},
	} {
		t.Run(c.file, func(t *testing.T) {
			head, _, _ := strings.Cut(string(b.Files[c.file]), "\n")
			r := stream("difficulty " + c.file)
			var train, test []small.Example
			for _, row := range records(t, b, c.file) {
				var text []string
				for name := range strings.SplitSeq(head, ",") {
					if name != c.id && name != c.label {
						text = append(text, name+": "+row[name])
					}
				}
				if e := (small.Example{Text: strings.Join(text, "\n"), Label: row[c.label]}); chance(r, 30) {
					test = append(test, e)
				} else {
					train = append(train, e)
				}
			}
			if got := accuracy(t, train, test); got < c.low || got > c.high {
				t.Errorf("accuracy %.3f, expected %.2f to %.2f", got, c.low, c.high)
			}
		})
	}
}

func TestEventLog(t *testing.T) {
	b := generated(t)
	type step struct{ activity, resource string }
	cases := map[string][]step{}
	last := map[string]time.Time{}
	for _, row := range records(t, b, "data/loan-events.csv") {
		id := row["case_id"]
		at, err := time.Parse("2006-01-02T15:04:05", row["timestamp"])
		if err != nil {
			t.Fatal(err)
		}
		if at.Before(last[id]) {
			t.Errorf("%s goes back in time", id)
		}
		last[id] = at
		if h := at.Hour(); row["resource"] != "系统" && (h < 9 || h > 18) {
			t.Errorf("%s: %s at %s", id, row["activity"], at)
		}
		cases[id] = append(cases[id], step{row["activity"], row["resource"]})
	}
	rework, sameHand := 0, 0
	variants, ends := map[string]bool{}, map[string]int{}
	for id, steps := range cases {
		times, by, path := map[string]int{}, map[string]string{}, ""
		for _, s := range steps {
			times[s.activity]++
			by[s.activity] = s.resource
			path += s.activity + ">"
		}
		variants[path] = true
		ends[steps[len(steps)-1].activity]++
		if steps[0].activity != "提交申请" {
			t.Errorf("%s starts with %s", id, steps[0].activity)
		}
		for _, n := range times {
			if n > 1 {
				rework++
				break
			}
		}
		if by["审批"] != "" && by["审批"] == by["审查"] {
			sameHand++
		}
	}
	if len(cases) != b.Truth.Cases || rework != b.Truth.ReworkCases || sameHand != b.Truth.FourEyes {
		t.Errorf("%d cases, %d with rework, %d by one hand; truth %+v", len(cases), rework, sameHand, b.Truth)
	}
	if len(variants) < 40 || ends["放款"] < 300 || ends["通知拒绝"] < 50 || len(ends) != 4 {
		t.Errorf("%d variants, ends %v", len(variants), ends)
	}
}

func TestLettersHoldTheirFields(t *testing.T) {
	b := generated(t)
	products := map[string]bool{}
	for _, l := range jsonLines[letter](t, b.Files["data/complaint-letters.jsonl"]) {
		products[l.Fields.Product] = true
		for what, value := range map[string]string{"customer": l.Fields.Customer, "branch": l.Fields.Branch, "phone": l.Fields.Phone} {
			if value == "" || !strings.Contains(l.Input, value) {
				t.Errorf("%s: %s %q is not in the letter", l.ID, what, value)
			}
		}
		whole, _, _ := strings.Cut(l.Fields.Amount, ".")
		if !strings.Contains(strings.ReplaceAll(l.Input, ",", ""), whole) {
			t.Errorf("%s: amount %s is not in the letter", l.ID, l.Fields.Amount)
		}
		if day, err := time.Parse("2006-01-02", l.Fields.Date); err != nil || !strings.Contains(l.Input, strconv.Itoa(day.Day())) {
			t.Errorf("%s: date %s: %v", l.ID, l.Fields.Date, err)
		}
		if strings.ContainsAny(l.Input, "{}[]|") {
			t.Errorf("%s: a template's marks are left: %s", l.ID, l.Input)
		}
	}
	if len(products) < 10 {
		t.Errorf("products %v", products)
	}
}
