package catalog_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/catalog"
)

var update = flag.Bool("update", false, "write the tables of docs/concepts")

// region replaces what stands between <!-- name --> and <!-- end -->.
func region(page, name, content string) string {
	before, rest, ok := strings.Cut(page, "<!-- "+name+" -->\n")
	_, after, ended := strings.Cut(rest, "<!-- end -->")
	if !ok || !ended {
		return ""
	}
	return before + "<!-- " + name + " -->\n" + content + "<!-- end -->" + after
}

func vendorTable(c *catalog.Catalog, zh bool) string {
	b := &strings.Builder{}
	words := []string{"vendor", "also known as", "address", "key", "tried", "read"}
	yes, no := "yes", "unverified"
	if zh {
		words, yes, no = []string{"厂商", "又名", "地址", "密钥", "验证", "读取日期"}, "已验证", "未验证"
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(words, " | "), strings.Repeat(" --- |", len(words)))
	for _, v := range c.Vendors() {
		title, tried := v.Title, no
		if zh {
			title = v.TitleZH
		}
		if v.Verified {
			tried = yes
		}
		fmt.Fprintf(b, "| `%s` %s | %s | %s | %s | %s | %s |\n", v.Name, title, strings.Join(v.Also, ", "), v.BaseURL, v.EnvKey, tried, v.Date)
	}
	return b.String()
}

func priceTable(c *catalog.Catalog, zh bool) string {
	b := &strings.Builder{}
	words := []string{"vendor, model", "from", "to", "input up to", "in", "cached", "out", "currency", "confidence", "source"}
	if zh {
		words = []string{"厂商、模型", "自", "至", "输入不超过", "输入", "缓存命中", "输出", "货币", "可信程度", "出处"}
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(words, " | "), strings.Repeat(" --- |", len(words)))
	for _, r := range c.Book.Rows() {
		to := ""
		if !r.ValidTo.IsZero() {
			to = r.ValidTo.Add(-time.Hour).In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
		}
		for _, t := range r.Tiers {
			upTo := ""
			if t.UpTo > 0 {
				upTo = fmt.Sprint(t.UpTo)
			}
			fmt.Fprintf(b, "| `%s/%s` | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Vendor, r.Model, r.ValidFrom.In(time.FixedZone("", 8*3600)).Format(time.DateOnly), to, upTo,
				t.In, t.Cached, t.Out, r.Currency, r.Confidence, r.Source)
		}
	}
	return b.String()
}

func TestConceptPages(t *testing.T) {
	c := load(t)
	for _, zh := range []bool{false, true} {
		dir := "../../docs/concepts/"
		if zh {
			dir = "../../docs/zh/concepts/"
		}
		for file, table := range map[string][2]string{
			"vendors.md":    {"vendors", vendorTable(c, zh)},
			"price-book.md": {"prices", priceTable(c, zh)},
		} {
			have, err := os.ReadFile(dir + file)
			if err != nil {
				t.Fatal(err)
			}
			want := region(string(have), table[0], table[1])
			if want == "" {
				t.Fatalf("%s%s has no place for its table", dir, file)
			}
			if *update {
				if err := os.WriteFile(dir+file, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if diff := cmp.Diff(want, string(have)); diff != "" {
				t.Errorf("%s%s is not of these data; run go test ./internal/catalog -update\n%s", dir, file, diff)
			}
			checkExample(t, dir+file, string(have))
		}
	}
}

// checkExample loads the pages' file examples as layers.
func checkExample(t *testing.T, page, text string) {
	for _, block := range strings.Split(text, "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		switch {
		case strings.HasPrefix(block, "vendor: "):
			load(t, fstest.MapFS{"prices/x.yaml": {Data: []byte(block)}})
		case strings.HasPrefix(block, "name: house"):
			load(t, fstest.MapFS{"vendors/house.yaml": {Data: []byte(block)}})
		case !strings.HasPrefix(block, "models:"):
			t.Errorf("%s has an example that no test reads: %s", page, block)
		}
	}
}
