package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestStoreInMemory(t *testing.T) {
	storetest.Auth(t, func(*testing.T) auth.Store { return &authtest.Store{} })
}

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestCreate(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, k := range map[string]auth.Key{
		"no name":           {Department: "risk"},
		"no department":     {Name: "a"},
		"an unknown policy": {Name: "a", Department: "risk", OnDisconnect: "hope"},
		"expired at birth":  {Name: "a", Department: "risk", Expires: now},
	} {
		if _, _, err := auth.Create(t.Context(), &authtest.Store{}, k, now); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := &authtest.Store{}
	a, one, err := auth.Create(t.Context(), s, auth.Key{Name: "a", Department: "risk"}, now)
	if err != nil {
		t.Fatal(err)
	}
	b, two, _ := auth.Create(t.Context(), s, auth.Key{Name: "a", Department: "risk"}, now)
	if one == two || a.ID == b.ID || len(one) != len(auth.Prefix)+64 || a.OnDisconnect != auth.Cancel || !a.Created.Equal(now) {
		t.Errorf("%+v %+v", a, b)
	}
	keys, _ := s.Keys(t.Context())
	if strings.Contains(fmt.Sprintf("%+v", keys), one[len(auth.Prefix):]) {
		t.Error("a secret is kept")
	}
}

func TestCheck(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	s := &authtest.Store{}
	_, good, _ := auth.Create(t.Context(), s, auth.Key{Name: "good", Department: "risk"}, c.t)
	soon, short, _ := auth.Create(t.Context(), s, auth.Key{Name: "short", Department: "risk", Expires: c.t.Add(time.Hour)}, c.t)
	check := auth.NewChecker(s, time.Second, c.now)
	for name, secret := range map[string]string{"none": "", "another product's": "sk-123", "made up": auth.Prefix + "x", "nearly": good + "x"} {
		if _, err := check.Check(t.Context(), secret); !errs.Is(err, errs.CodeUnauthenticated) || strings.Contains(err.Error(), "sk-123") {
			t.Errorf("%s: %v", name, err)
		}
	}
	asked := s.Asked
	for range 100 {
		if k, err := check.Check(t.Context(), good); err != nil || k.Name != "good" {
			t.Fatal(err)
		}
		if _, err := check.Check(t.Context(), auth.Prefix+"x"); err == nil {
			t.Fatal("a wrong key was taken")
		}
	}
	if s.Asked != asked+1 {
		t.Errorf("200 checks asked the store %d times", s.Asked-asked)
	}
	if _, err := check.Check(t.Context(), short); err != nil {
		t.Error(err)
	}
	c.t = c.t.Add(time.Hour)
	if _, err := check.Check(t.Context(), short); err == nil || !strings.Contains(err.Error(), soon.ID+" has expired") {
		t.Errorf("an expired key: %v", err)
	}
}

func TestKnownKeyOutlivesAStoreThatFails(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	s := &authtest.Store{}
	_, secret, _ := auth.Create(t.Context(), s, auth.Key{Name: "a", Department: "risk"}, c.t)
	check := auth.NewChecker(s, time.Second, c.now)
	if _, err := check.Check(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	s.Fail = errors.New("no connection")
	c.t = c.t.Add(time.Minute)
	if _, err := check.Check(t.Context(), secret); err != nil {
		t.Errorf("known key: %v", err)
	}
	if _, err := check.Check(t.Context(), auth.Prefix+"new"); errs.Of(err) != errs.CodeInternal {
		t.Errorf("unknown key: %v", err)
	}
}

func ExampleCreate() {
	s := &authtest.Store{}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	k, secret, err := auth.Create(context.Background(), s, auth.Key{Name: "helpdesk", Department: "service", Scenario: "intent"}, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	who, err := auth.NewChecker(s, 0, nil).Check(context.Background(), secret)
	fmt.Println(k.Name, who.Department, who.Scenario, who.OnDisconnect, err)
	// Output: helpdesk service intent cancel <nil>
}
