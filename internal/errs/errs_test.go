package errs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/luodi/luodi/internal/errs"
)

func TestOf(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want errs.Code
	}{
		{"nil has no code", nil, ""},
		{"a plain error is internal", errors.New("x"), errs.CodeInternal},
		{"a coded error", errs.NotFound("no source %q", "tickets"), errs.CodeNotFound},
		{"wrapping keeps the code", fmt.Errorf("reading: %w", errs.Exhausted("disk full")), errs.CodeExhausted},
		{"the outermost code wins", &errs.Error{Code: errs.CodeInvalid, Msg: "a", Err: errs.NotFound("b")}, errs.CodeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := errs.Of(tt.err); got != tt.want {
				t.Errorf("Of(%v) = %q, want %q", tt.err, got, tt.want)
			}
		})
	}
}

// Every constructor keeps its code, its words and the cause given by %w.
func TestConstructorsKeepTheCause(t *testing.T) {
	for _, tt := range []struct {
		code errs.Code
		make func(string, ...any) error
	}{
		{errs.CodeInvalid, errs.Invalid},
		{errs.CodeNotFound, errs.NotFound},
		{errs.CodeConflict, errs.Conflict},
		{errs.CodeUnauthenticated, errs.Unauthenticated},
		{errs.CodeForbidden, errs.Forbidden},
		{errs.CodeExhausted, errs.Exhausted},
		{errs.CodeInternal, errs.Internal},
	} {
		t.Run(string(tt.code), func(t *testing.T) {
			err := tt.make("listening on %s: %w; choose another", ":80", fs.ErrPermission)
			if got, want := err.Error(), "listening on :80: "+fs.ErrPermission.Error()+"; choose another"; got != want {
				t.Errorf("%q, want %q", got, want)
			}
			if !errors.Is(err, fs.ErrPermission) || !errs.Is(err, tt.code) {
				t.Errorf("cause kept: %v, code %q", errors.Is(err, fs.ErrPermission), errs.Of(err))
			}
			both := tt.make("%w and %w", fs.ErrExist, errs.NotFound("x"))
			if !errors.Is(both, fs.ErrExist) || !errs.Is(both, tt.code) {
				t.Errorf("%v: of two causes one is lost, or their code counts", both)
			}
			if none := tt.make("no cause"); none.Error() != "no cause" || errors.Unwrap(errors.Unwrap(none)) != nil {
				t.Errorf("%v", none)
			}
		})
	}
}

func ExampleInvalid() {
	err := fmt.Errorf("luodi up: %w", errs.Invalid("source %q has no path", "tickets"))
	fmt.Println(err, "/", errs.Of(err))
	// Output: luodi up: source "tickets" has no path / invalid
}
