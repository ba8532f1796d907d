package proxy

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

// failure is an error as the client sees it: OpenAI's shape, so that official
// clients raise their own exceptions.
type failure struct {
	status     int
	code       string
	message    string
	retryAfter string
	body       []byte // the upstream's own error, passed as it is; nil: made from the rest
	fallback   bool   // another target may do better
	shape      gateway.Shape
}

func (f *failure) Error() string { return f.message }

// types are OpenAI's words for statuses.
func errorType(status int, code string) string {
	switch {
	case code == codeRate:
		return "requests"
	case status == http.StatusTooManyRequests:
		return "insufficient_quota"
	case status >= 500:
		return "server_error"
	case status == http.StatusForbidden:
		return "permission_error"
	}
	return "invalid_request_error"
}

func appendError(dst []byte, status int, code, message string) []byte {
	dst = append(dst, `{"error":{"message":`...)
	dst = append(dst, gateway.Quote(message)...)
	dst = append(dst, `,"type":"`...)
	dst = append(dst, errorType(status, code)...)
	dst = append(dst, `","param":null,"code":`...)
	dst = append(dst, gateway.Quote(code)...)
	return append(dst, "}}"...)
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	(&failure{status: status, code: code, message: message}).write(w)
}

func (f *failure) write(w http.ResponseWriter) {
	b := f.body
	if f.shape == gateway.MessagesShape && !bytes.Contains(b, []byte(`"type":"error"`)) {
		b = append(gateway.MessagesError(f.status, f.message), '\n')
	}
	if b == nil {
		b = append(appendError(nil, f.status, f.code, f.message), '\n')
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	if f.retryAfter != "" {
		h.Set("Retry-After", f.retryAfter)
	}
	if f.code == codeBudget { // official clients try 429 again unless told
		h.Set("X-Should-Retry", "false")
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(b)
}

// The codes that clients may look for.
const (
	codeBudget      = "budget_exhausted"
	codeRate        = "rate_limit_exceeded"
	codeDenied      = "denied_by_guard"
	codePII         = "pii_blocked"
	codeKey         = "invalid_api_key"
	codeModel       = "model_not_found"
	codeUpstream    = "upstream_error"
	codeUnavailable = "upstream_unavailable"
	codeCut         = "upstream_cut"
)

// fail turns an error of ours into the client's.
func fail(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	f = &failure{message: err.Error()}
	switch errs.Of(err) {
	case errs.CodeInvalid:
		f.status, f.code = http.StatusBadRequest, "invalid_request"
	case errs.CodeNotFound:
		f.status, f.code = http.StatusNotFound, codeModel
	case errs.CodeConflict: // the store was busy for too long
		f.status, f.code, f.retryAfter = http.StatusServiceUnavailable, "busy", "1"
	case errs.CodeUnauthenticated:
		f.status, f.code = http.StatusUnauthorized, codeKey
	case errs.CodeForbidden:
		f.status, f.code = http.StatusForbidden, "forbidden"
	case errs.CodeExhausted:
		f.status, f.code = http.StatusTooManyRequests, codeBudget
	default:
		f.status, f.code, f.message = http.StatusInternalServerError, "internal", "the gateway could not serve this call; its log says why, by the request's id"
	}
	return f
}
