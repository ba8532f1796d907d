package bank

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// level is a value of a column with its weight in the draw and what it adds
// to the risk score.
type level struct {
	value  string
	weight int
	risk   int
}

// creditColumns are the columns in bands, with the risk in points. The outcome
// is the sum and a bell-shaped rest that no column explains.
var creditColumns = []struct {
	name    string
	levels  []level
	missing int // percent of empty cells
}{
	{"purpose", []level{{"car", 18, -4}, {"renovation", 22, -2}, {"business", 20, 8}, {"education", 9, 0}, {"furniture", 13, 0}, {"medical", 8, 4}, {"other", 10, 6}}, 0},
	{"savings", []level{{"none", 30, 14}, {"under 10k", 28, 6}, {"10k to 50k", 22, -4}, {"50k to 200k", 14, -12}, {"over 200k", 6, -18}}, 7},
	{"employment", []level{{"unemployed", 6, 16}, {"under 1 year", 17, 9}, {"1 to 4 years", 34, 1}, {"4 to 7 years", 22, -6}, {"over 7 years", 21, -9}}, 4},
	{"housing", []level{{"owner", 38, -7}, {"mortgage", 24, 0}, {"rent", 25, 7}, {"with family", 13, 3}}, 3},
	{"history", []level{{"clean", 46, -12}, {"no record", 17, 5}, {"one late payment", 21, 6}, {"several late payments", 12, 16}, {"earlier default", 4, 26}}, 0},
	{"collateral", []level{{"none", 52, 4}, {"car", 18, 0}, {"flat", 22, -8}, {"guarantor", 8, -3}}, 2},
	{"job", []level{{"unskilled", 17, 5}, {"skilled", 48, 0}, {"official", 16, -5}, {"self employed", 19, 4}}, 3},
}

const creditRows = 1350

// addCredit writes the credit table: loans granted in the past with their
// outcome.
func addCredit(b *Bank) error {
	const file = "data/credit.csv"
	r := stream(file)
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	head := []string{"loan_id", "granted_on", "age", "monthly_income", "amount", "months", "existing_loans", "dependents"}
	for _, c := range creditColumns {
		head = append(head, c.name)
	}
	w.Write(append(head, "outcome"))
	for i := range creditRows {
		row, missing := creditRow(r, i)
		b.Truth.MissingCells += missing
		w.Write(row)
	}
	w.Flush()
	b.Files[file] = buf.Bytes()
	b.Truth.Rows[file] = creditRows
	return w.Error()
}

func creditRow(r *rand.Rand, i int) (row []string, missing int) {
	age := 22 + (r.IntN(24)+r.IntN(24)+r.IntN(24))/2
	income := (3 + r.IntN(9) + r.IntN(9)) * 1000
	months := 6 * (1 + r.IntN(10))
	amount := (5 + r.IntN(40) + r.IntN(months)*2) * 1000
	loans := weighted(r, []int{46, 31, 16, 7})
	dependents := weighted(r, []int{48, 27, 19, 6})
	granted := time.Date(2023, 1, 3, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*900/creditRows)

	risk := 4*loans + months/6 - income/1500 + amount/12000 - (age-38)/6
	if amount/months*10 > income*4 { // the instalment eats more than 40 % of the income
		risk += 6
	}
	row = []string{
		fmt.Sprintf("L%06d", 230001+i), granted.Format("2006-01-02"), strconv.Itoa(age), strconv.Itoa(income),
		strconv.Itoa(amount), strconv.Itoa(months), strconv.Itoa(loans), strconv.Itoa(dependents),
	}
	if chance(r, 3) {
		row[3] = ""
		missing++
	}
	for _, c := range creditColumns {
		weights := make([]int, len(c.levels))
		for j, l := range c.levels {
			weights[j] = l.weight
		}
		l := c.levels[weighted(r, weights)]
		risk += l.risk
		if chance(r, c.missing) {
			l.value = ""
			missing++
		}
		row = append(row, l.value)
	}
	outcome := "good"
	if risk+bell(r, 16) > 18 {
		outcome = "bad"
	}
	return append(row, outcome), missing
}
