// Package errs holds the seven error codes that every layer of luodi speaks.
//
// A domain package says what went wrong with a code and a message; the edge
// (command line, gateway, API) turns the code into an exit status or an HTTP
// status, once. Messages say what was being done, on what, and what to do
// next: errs.Invalid("reading source tickets: %s has no column %q; its columns
// are %s", …). Wrapping with fmt.Errorf("…: %w", err) keeps the code.
//
// It does not log, translate or retry.
package errs

import (
	"errors"
	"fmt"
)

// Code classes an error by what the caller can do about it.
type Code string

// The seven codes.
const (
	CodeInvalid         Code = "invalid"         // the input is wrong; change it
	CodeNotFound        Code = "not_found"       // there is no such thing
	CodeConflict        Code = "conflict"        // it exists already, or changed meanwhile
	CodeUnauthenticated Code = "unauthenticated" // who is asking is not known
	CodeForbidden       Code = "forbidden"       // known, but not allowed
	CodeExhausted       Code = "exhausted"       // a budget, limit or disk is used up
	CodeInternal        Code = "internal"        // everything else
)

// Error is a message with a code.
type Error struct {
	Code Code
	Msg  string
	Err  error // the cause, or nil
	said error // what Msg was made from, with the causes that it names
}

// Error returns the message, followed by the cause's where there is one.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Msg
	}
	return e.Msg + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e.Err != nil {
		return e.Err
	}
	return e.said
}

func newf(code Code, format string, args []any) error {
	said := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: said.Error(), said: said}
}

// Invalid, NotFound, Conflict, Unauthenticated, Forbidden, Exhausted and
// Internal format a message with their code, as fmt.Errorf does: %w keeps the
// cause. The new code counts, not the cause's.
func Invalid(format string, args ...any) error { return newf(CodeInvalid, format, args) }

// NotFound says that a thing does not exist.
func NotFound(format string, args ...any) error { return newf(CodeNotFound, format, args) }

// Conflict says that a thing exists already or has changed.
func Conflict(format string, args ...any) error { return newf(CodeConflict, format, args) }

// Unauthenticated says that the asker is not known.
func Unauthenticated(format string, args ...any) error {
	return newf(CodeUnauthenticated, format, args)
}

// Forbidden says that the asker is known and not allowed.
func Forbidden(format string, args ...any) error { return newf(CodeForbidden, format, args) }

// Exhausted says that a budget, limit or device is used up.
func Exhausted(format string, args ...any) error { return newf(CodeExhausted, format, args) }

// Internal says that something went wrong that the caller cannot mend.
func Internal(format string, args ...any) error { return newf(CodeInternal, format, args) }

// Of returns the code of err, looking through wrapping; CodeInternal where
// none was given and "" for nil.
func Of(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Is reports whether err has the code.
func Is(err error, code Code) bool { return Of(err) == code }
