package app

import (
	"errors"

	"github.com/luodi/luodi/internal/errs"
)

// ErrUsage says that an argument is malformed, whatever the project is: exit
// status 2.
var ErrUsage = errors.New("usage")

// misuse is an error of an argument.
func misuse(format string, args ...any) error { return argumentError{errs.Invalid(format, args...)} }

type argumentError struct{ error }

func (e argumentError) Unwrap() error { return e.error }

func (argumentError) Is(target error) bool { return target == ErrUsage }
