package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

// wireError is a reply with another status than 200.
type wireError struct {
	status int
	body   []byte
}

func (e *wireError) Error() string {
	var w struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	msg := ""
	if json.Unmarshal(e.body, &w) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		var s string
		switch {
		case json.Unmarshal(w.Error, &inner) == nil && inner.Message != "":
			msg = inner.Message
		case json.Unmarshal(w.Error, &s) == nil && s != "":
			msg = s
		default:
			msg = w.Message
		}
	} else {
		msg = string(bytes.ToValidUTF8(e.body, []byte("\uFFFD")))
	}
	if msg = strings.Join(strings.Fields(msg), " "); msg == "" {
		msg = http.StatusText(e.status)
	}
	return fmt.Sprintf("%d %s", e.status, cut(msg, 300))
}

// shapeError is a whole reply that is not what the API promises; asking again
// would only be paid again.
type shapeError string

func (e shapeError) Error() string { return string(e) }

// vendorError is an error that came with status 200.
type vendorError gateway.UpstreamError

func (e *vendorError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("error %s in a reply with status 200: %s", e.Code, cut(e.Message, 300)))
}

// retry reports whether the words speak of load rather than of the request.
func (e *vendorError) retry() bool {
	s := strings.ToLower(e.Code + " " + e.Message)
	for _, w := range []string{"rate", "limit", "busy", "overload", "timeout", "unavailable", "try again", "429", "500", "502", "503"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func (ep Endpoint) name() string {
	if ep.Name != "" {
		return ep.Name
	}
	return ep.Model
}

// describe is the error that a caller sees: who was asked, where, what came
// back, what to do; with a code, and never with the key.
func (ep Endpoint) describe(a attempt, tries int) error {
	what := a.err.Error()
	code, hint := errs.CodeInternal, ""
	key := ep.KeyName
	if key == "" {
		key = "its key"
	}
	var v *vendorError
	switch {
	case errors.As(a.err, &v):
		hint = "see the vendor's list of error codes"
	case errors.Is(a.err, errBadURL):
		code, hint = errs.CodeInvalid, "check its endpoint in luodi.yaml"
	case a.status == http.StatusUnauthorized && ep.Key == "":
		code, hint = errs.CodeUnauthenticated, "set "+key
	case a.status == http.StatusUnauthorized:
		code, hint = errs.CodeUnauthenticated, "check "+key
	case a.status == http.StatusForbidden:
		code, hint = errs.CodeForbidden, "check what "+key+" may use"
	case a.status == http.StatusNotFound:
		code, hint = errs.CodeNotFound, "check the model's name and the endpoint's path"
	case a.status == http.StatusTooManyRequests:
		code, hint = errs.CodeExhausted, "lower the concurrency or raise the vendor's limit"
	case a.status == 0:
		hint = "check that the endpoint runs and can be reached"
	case a.status == http.StatusOK:
		hint = "check that the endpoint is OpenAI-compatible and stays up"
	case a.status < 500:
		code = errs.CodeInvalid
	}
	if tries > 1 {
		what += fmt.Sprintf(" (%d tries)", tries)
	}
	if hint != "" {
		what += "; " + hint
	}
	if ep.Key != "" {
		what = strings.ReplaceAll(what, string(ep.Key), "[secret]")
	}
	return &errs.Error{Code: code, Msg: fmt.Sprintf("asking %s at %s: %s", ep.name(), ep.BaseURL, what)}
}
