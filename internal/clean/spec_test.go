package clean

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/offset"
	"github.com/luodi/luodi/internal/strictyaml"
)

func TestReadSpecTellsEveryMistake(t *testing.T) {
	for _, tt := range []struct{ name, yaml, want string }{
		{"nothing", "", "a plan needs a name"},
		{"no version", "plan: a\nsteps: [{do: nfc}]\n", "a plan needs a version"},
		{"an unknown operator", "plan: a\nversion: 1\nsteps:\n  - {do: nfkc}\n", `4:10: "nfkc" is no operator`},
		{"an unknown key", "plan: a\nversion: 1\nsteps: [{do: nfc}]\ndorp: []\n", "4:1: "},
		{"nothing to remove", "plan: a\nversion: 1\nsteps: [{do: nfc, remove: true}]\n", "nfc finds nothing that could be removed"},
		{"indents of another", "plan: a\nversion: 1\nsteps: [{do: nfc, indents: true}]\n", "indents belong to space"},
		{"an unknown value", "plan: a\nversion: 1\nsteps: [{do: nfc}]\nvalues: [name]\n", `4:10: "name" is no value`},
		{"an unknown measure", "plan: a\nversion: 1\nsteps: [{do: nfc}]\ndrop: [{measure: perplexity, above: 1}]\n", `"perplexity" is no measure`},
		{"a policy without limit", "plan: a\nversion: 1\nsteps: [{do: nfc}]\ndrop: [{measure: gibberish}]\n", "a policy needs a limit"},
		{"an unknown language", "plan: a\nversion: 1\nsteps: [{do: nfc}]\ndrop: [{lang: fr}]\n", `"fr" is no language`},
		{"an unknown action", "plan: a\nversion: 1\nsteps: [{do: nfc}]\npii: {default: burn, types: {mobile: eat, moblie: mask}}\n", `"burn" is no action`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadSpec("mine.yaml", []byte(tt.yaml))
			var problems strictyaml.Problems
			if !errs.Is(err, errs.CodeInvalid) || !errors.As(err, &problems) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestDefaultPlansAreWhole(t *testing.T) {
	for _, class := range Classes {
		b, err := DefaultPlan(class)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadSpec(class+".yaml", b)
		if err != nil || s.Plan != class || len(s.Drop) > 0 || s.PII.Default != "" || len(s.PII.Types) > 0 {
			t.Errorf("%s: %+v, %v; a default plan drops and hides nothing", class, s, err)
		}
	}
	if _, err := DefaultPlan("none"); err == nil {
		t.Error("a plan that is not there")
	}
}

func TestRecordsGetTheirClass(t *testing.T) {
	p := NewPlan(nil)
	for _, tt := range []struct{ class, format, want string }{
		{source.ClassRow, "csv", "table"}, {source.ClassRow, "xlsx", "table"}, {source.ClassDocument, "docx", "office"},
		{source.ClassDocument, "html", "web"}, {source.ClassDocument, "eml", "chat"}, {source.ClassDocument, "log", "log"}, {source.ClassDocument, "unknown", "office"},
	} {
		if got := p.classOf(source.Record{Class: tt.class, Format: tt.format}); got != tt.want {
			t.Errorf("%s %s is cleaned as %s, want %s", tt.class, tt.format, got, tt.want)
		}
	}
	if _, err := p.As("bank"); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("an unknown class: %v", err)
	}
}

// ownPlan is a plan with everything in it.
func ownPlan(t *testing.T) Spec {
	t.Helper()
	s, err := ReadSpec("mine.yaml", []byte(`plan: mine
version: 2
steps: [{do: quote, remove: true}, {do: t2s}, {do: punctuation}, {do: space}, {do: width}]
values: [amount]
drop: [{measure: characters, below: 3}, {lang: other}]
pii: {types: {mobile: vault, bank_card: drop, secret: quarantine}}
`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOwnPlan(t *testing.T) {
	p := NewPlan(nil).With(ownPlan(t))
	if _, err := p.Keyed(nil); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a vault without a key: %v", err)
	}
	p, err := p.Keyed([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	other, _ := p.Keyed([]byte("fedcba9876543210"))
	if p.ID() == NewPlan(nil).ID() || p.ID() == other.ID() {
		t.Error("the id does not name the plan and its key")
	}
	for _, tt := range []struct{ name, text, want, dropped string }{
		{"all steps", "> 舊\n請還款,謝謝１００元", "请还款，谢谢100元", ""},
		{"too short", "好", "好", "policy of plan mine/2: characters below 3 (1)"},
		{"another language", "Карта ещё не пришла", "Карта ещё не пришла", "policy of plan mine/2: language other"},
		{"a bank card", "我的卡号6222021234567890128，请查", "", "personal data: bank_card"},
		{"a secret", "我的密钥：sk-proj4f9Ab2Kq7Zx1Lm3Nv8T", "", "quarantine: secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := p.Clean(source.Record{Class: source.ClassDocument, Format: "txt", Text: tt.text})
			if c.Dropped != tt.dropped || tt.want != "" && c.Text != tt.want {
				t.Errorf("%q, dropped %q; want %q, %q", c.Text, c.Dropped, tt.want, tt.dropped)
			}
		})
	}
	c, sealed := p.clean(source.Record{Class: source.ClassDocument, Format: "txt", Text: "请回电13800138000，谢谢您"})
	if strings.Contains(c.Text, "138001") || len(sealed) != 1 || len(c.PII) != 1 || !strings.HasPrefix(c.Text[c.PII[0].Start:], "[mobile#") || !slices.Contains(c.Repairs, stepPersonal) {
		t.Errorf("%+v, sealed %v", c, sealed)
	}
	if v, err := pii.Unseal([]byte("0123456789abcdef"), sealed[0]); v != "13800138000" || err != nil {
		t.Errorf("unsealed %q, %v", v, err)
	}
}

func TestReasons(t *testing.T) {
	for dropped, want := range map[string]string{
		"": "", DropEmpty: DropEmpty, DropDuplicate: DropDuplicate, "policy of plan mine/2: lossy above 1 (3)": "policy",
		"quarantine: secret": "quarantine", "personal data: mobile": "personal data", DropBroken + "index out of range": "broken",
	} {
		if got := ReasonOf(dropped); got != want {
			t.Errorf("%q is %q, want %q", dropped, got, want)
		}
	}
}

func TestABrokenRecordStopsNothing(t *testing.T) {
	p := NewPlan(map[string]Extractor{"html": breaking{}})
	c := p.Clean(source.Record{ID: "rec_1", Class: source.ClassDocument, Format: "html", Text: "x"})
	if c.Dropped != "broken: cannot take this" || c.RecordID != "rec_1" || c.Text != "" {
		t.Errorf("%+v", c)
	}
}

// breaking is an extractor with a mistake in it.
type breaking struct{ fakeExtractor }

func (breaking) Extract(string) (string, string, offset.Map) { panic("cannot take this") }
