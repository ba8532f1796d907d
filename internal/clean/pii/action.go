package pii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/offset"
)

// Action is what becomes of a finding.
type Action string

// The actions. Drop and Quarantine are of the whole record, the others of the
// value. Hash, Format and Vault need a key; equal values stay equal.
const (
	KeepTagged Action = "tag"        // nothing but the tag
	MaskValue  Action = "mask"       // see Mask; not reversible
	Remove     Action = "remove"     // the value is taken out of the text
	Hash       Action = "hash"       // [mobile:…], HMAC-SHA-256; not reversible
	Format     Action = "format"     // other digits of the same form; reversible with the key
	Vault      Action = "vault"      // [mobile#…], the value sealed in the vault; see Unseal
	Drop       Action = "drop"       // the record is not used
	Quarantine Action = "quarantine" // the record is not used until somebody decides about it
)

// Actions lists them, the mildest first.
var Actions = []Action{KeepTagged, MaskValue, Remove, Hash, Format, Vault, Drop, Quarantine}

// Types lists the types of tags in alphabetic order.
var Types = []string{Address, BankCard, CreditCode, Email, IBAN, IP, Landline, Mobile, Name, OrgCode, Passport, Phone, Plate, QQ, ResidentID, Secret, SSN, TravelPermit, WeChat}

// Redactor applies actions by type. Its zero value only tags.
type Redactor struct {
	Default Action            // of types that ByType does not name; "" is KeepTagged
	ByType  map[string]Action // by type of tag
	Key     []byte            // of Hash, Format and Vault, at least 16 bytes
}

// Check says what keeps a Redactor from working, as errs.Invalid.
func (r Redactor) Check() error {
	keyed := false
	for _, t := range append([]string{""}, Types...) {
		a := r.action(t)
		if !slices.Contains(Actions, a) {
			return errs.Invalid("%q is no action on personal data; there are %v", a, Actions)
		}
		keyed = keyed || a == Hash || a == Format || a == Vault
	}
	if keyed && len(r.Key) < 16 {
		return errs.Invalid("the actions hash, format and vault need a key of 16 bytes or more; there is no default one")
	}
	return nil
}

func (r Redactor) action(kind string) Action {
	a := r.ByType[kind]
	if a == "" {
		a = r.Default
	}
	if a == "" {
		a = KeepTagged
	}
	return a
}

// Active reports whether the redactor does more than tag.
func (r Redactor) Active() bool {
	return slices.ContainsFunc(Types, func(t string) bool { return r.action(t) != KeepTagged })
}

// Does reports whether the redactor takes an action on any type.
func (r Redactor) Does(a Action) bool {
	return slices.ContainsFunc(Types, func(t string) bool { return r.action(t) == a })
}

// Redacted is a text after the actions.
type Redacted struct {
	Text   string
	Map    offset.Map // Text to the text before
	Tags   []Tag      // in Text: what stands there now
	Sealed []Sealed   // for the vault, one for each distinct value
	Record Action     // Drop or Quarantine of the whole record; "" for none
	Cause  string     // the type that asked for it
}

// Apply does what is said about tags, which are those of text, in order. It is
// deterministic: the same key gives the same text.
func (r Redactor) Apply(text string, tags []Tag) (Redacted, error) {
	var out Redacted
	var b offset.Builder
	var w strings.Builder
	at := 0
	seen := map[string]bool{}
	for _, t := range tags {
		action := r.action(t.Type)
		if (action == Drop || action == Quarantine) && out.Record != Quarantine {
			out.Record, out.Cause = action, t.Type
		}
		value := text[t.Start:t.End]
		with := value
		switch action {
		case MaskValue:
			with = masked(t.Type, value)
		case Remove:
			with = ""
		case Hash:
			with = "[" + t.Type + ":" + r.digest("hash", t.Type, value) + "]"
		case Format:
			with = r.formed(t.Type, value)
		case Vault:
			s, err := seal(r.Key, t.Type, value)
			if err != nil {
				return out, err
			}
			with = s.Token
			if !seen[with] {
				out.Sealed = append(out.Sealed, s)
			}
			seen[with] = true
		}
		w.WriteString(text[at:t.Start])
		b.Copy(t.Start - at)
		at = t.End
		start := w.Len()
		w.WriteString(with)
		if with == value {
			b.Copy(len(value))
		} else {
			b.Replace(len(with), len(value))
		}
		if with != "" {
			out.Tags = append(out.Tags, Tag{t.Type, start, w.Len(), t.Valid})
		}
	}
	w.WriteString(text[at:])
	b.Copy(len(text) - at)
	out.Text, out.Map = w.String(), b.Map()
	return out, nil
}

// digest is a keyed hash of a value: 80 bits in base 32.
func (r Redactor) digest(use, kind, value string) string {
	return encode(prf(r.Key, use, kind, value)[:10])
}

// prf is HMAC-SHA-256 over parts that cannot run into each other.
func prf(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte{byte(len(p) >> 8), byte(len(p))})
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

func encode(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}
