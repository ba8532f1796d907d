package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// Act is one thing that somebody did as an administrator.
type Act struct {
	Seq    int64     `json:"seq"` // 1, 2, 3 …
	Time   time.Time `json:"time"`
	Who    string    `json:"who"`    // the account and machine it was done from
	What   string    `json:"what"`   // such as key.create
	Object string    `json:"object"` // what it was done to: a key's id, a price row, a decision
	Detail string    `json:"detail"` // never a secret
	Hash   string    `json:"hash"`   // of all this and of the hash before
}

// Acts keeps the audit trail. Methods may be called from any goroutine.
type Acts interface {
	// Append adds an act: Seq and Hash are filled in from the last one, in one
	// transaction. It returns errs.Conflict where other processes were faster
	// several times.
	Append(ctx context.Context, a Act) (Act, error)
	// Acts lists all acts in order.
	Acts(ctx context.Context) ([]Act, error)
}

// Sealed is a after prev (the zero Act at first): numbered, with its hash.
// Times count in microseconds.
func (a Act) Sealed(prev Act) Act {
	a.Seq, a.Time = prev.Seq+1, a.Time.UTC().Truncate(time.Microsecond)
	fields, err := json.Marshal([]any{prev.Hash, a.Seq, a.Time.UnixMicro(), a.Who, a.What, a.Object, a.Detail})
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(fields)
	a.Hash = hex.EncodeToString(sum[:])
	return a
}

// VerifyActs checks that no act was changed, put in or taken out, but for the
// last ones: who keeps the last hash elsewhere, on paper or in a mail, sees
// that too. It returns errs.Conflict naming the first act that is not as it was.
func VerifyActs(acts []Act) error {
	var prev Act
	for _, a := range acts {
		want := a.Sealed(prev)
		if a.Seq != want.Seq {
			return errs.Conflict("the audit trail is broken: act %d follows act %d", a.Seq, prev.Seq)
		}
		if a.Hash != want.Hash {
			return errs.Conflict("the audit trail is broken at act %d (%s, %s): it, or one before it, is not what was written", a.Seq, a.What, a.Time.Format(time.DateTime))
		}
		prev = a
	}
	return nil
}
