package pii_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
)

var key = []byte("0123456789abcdef0123456789abcdef")

func TestActions(t *testing.T) {
	const text = "手机13800138000，再拨13800138000，证件11010519491231002X。"
	for _, tt := range []struct {
		action pii.Action
		want   string
	}{
		{pii.KeepTagged, text},
		{pii.MaskValue, "手机138******00，再拨138******00，证件110*************2X。"},
		{pii.Remove, "手机，再拨，证件。"},
	} {
		t.Run(string(tt.action), func(t *testing.T) {
			got, err := pii.Redactor{Default: tt.action}.Apply(text, pii.Scan(text))
			if err != nil || got.Text != tt.want || got.Map.InputLen() != len(text) || got.Map.Len() != len(got.Text) {
				t.Errorf("%q, %v; want %q", got.Text, err, tt.want)
			}
		})
	}
	for _, action := range []pii.Action{pii.Hash, pii.Format, pii.Vault} {
		t.Run(string(action), func(t *testing.T) {
			got, err := pii.Redactor{Default: action, Key: key}.Apply(text, pii.Scan(text))
			if err != nil || strings.Contains(got.Text, "13800138000") || len(got.Tags) != 3 {
				t.Fatalf("%+v, %v", got, err)
			}
			a, b := got.Tags[0], got.Tags[1]
			if got.Text[a.Start:a.End] != got.Text[b.Start:b.End] {
				t.Error("equal values became different ones")
			}
			if from, to := got.Map.Source(a.Start, a.End); text[from:to] != "13800138000" {
				t.Errorf("traces to %q", text[from:to])
			}
			other, _ := pii.Redactor{Default: action, Key: []byte("another key of 16+")}.Apply(text, pii.Scan(text))
			if other.Text == got.Text {
				t.Error("another key gives the same text")
			}
		})
	}
	for _, action := range []pii.Action{pii.Drop, pii.Quarantine} {
		got, err := pii.Redactor{ByType: map[string]pii.Action{pii.ResidentID: action}}.Apply(text, pii.Scan(text))
		if err != nil || got.Record != action || got.Cause != pii.ResidentID || got.Text != text {
			t.Errorf("%s: %+v, %v", action, got, err)
		}
	}
}

func TestVault(t *testing.T) {
	got, err := pii.Redactor{Default: pii.Vault, Key: key}.Apply("手机13800138000，13800138000", pii.Scan("手机13800138000，13800138000"))
	if err != nil || len(got.Sealed) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	s := got.Sealed[0]
	if v, err := pii.Unseal(key, s); v != "13800138000" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if tokens := pii.Tokens(got.Text); len(tokens) != 1 || tokens[0] != s.Token {
		t.Errorf("tokens %v of %q", tokens, got.Text)
	}
	if again := pii.Scan(got.Text); len(again) != 0 {
		t.Errorf("a token is taken for personal data: %+v", again)
	}
	if _, err := pii.Unseal([]byte("another key of 16+"), s); !errs.Is(err, errs.CodeForbidden) {
		t.Errorf("another key: %v", err)
	}
	s.Token = "[mobile#aaaaaaaaaaaaaaaa]"
	if _, err := pii.Unseal(key, s); !errs.Is(err, errs.CodeForbidden) {
		t.Errorf("a box under another token: %v", err)
	}
}

func TestRedactorsAreChecked(t *testing.T) {
	for name, r := range map[string]pii.Redactor{
		"no key":        {Default: pii.Vault},
		"a short key":   {ByType: map[string]pii.Action{pii.Mobile: pii.Hash}, Key: []byte("short")},
		"no such thing": {Default: "burn"},
	} {
		if err := r.Check(); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (pii.Redactor{}).Check(); err != nil || (pii.Redactor{}).Active() {
		t.Errorf("the zero value: %v", err)
	}
}

func TestFormatIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringMatching(`[A-Z]?[0-9]{3}[- ]?[0-9]{3,12}X?`).Draw(t, "value")
		got, err := pii.Redactor{Default: pii.Format, Key: key}.Apply(v, []pii.Tag{{Type: "x", Start: 0, End: len(v)}})
		if err != nil || len(got.Text) != len(v) {
			t.Fatalf("%q became %q, %v", v, got.Text, err)
		}
		back, err := pii.Restore(key, "x", got.Text)
		if err != nil || back != v {
			t.Fatalf("%q became %q and %q, %v", v, got.Text, back, err)
		}
	})
}
