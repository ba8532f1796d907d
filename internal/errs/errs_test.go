package errs_test

import (
	"errors"
	"fmt"
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

func ExampleInvalid() {
	err := fmt.Errorf("luodi up: %w", errs.Invalid("source %q has no path", "tickets"))
	fmt.Println(err, "/", errs.Of(err))
	// Output: luodi up: source "tickets" has no path / invalid
}
