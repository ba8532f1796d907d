// Package proxy is the gateway's server: one OpenAI-compatible endpoint in
// front of every scenario and every vendor.
//
// model "scenario/intent" is served by the scenario's decided route, in this
// process or at a vendor; any other model is passed through, byte for byte but
// for what its vendor's rules name. Each call is authorised, held against its
// budgets before and settled after, once, whatever happens between: a client
// that leaves (its key says whether the reply is stopped or read to the end), an
// upstream that breaks off, one that reports an error under status 200.
//
// A request's body is read whole before it is forwarded: forwarding it while it
// comes in makes net/http cut replies that begin early. Replies are not
// decoded; of a stream only the frame with the usage is.
//
// Hosts in the clear, such as local model servers, are spoken to by wire, which
// spares half of what http.Transport costs; all others by http.Transport. In the
// same way front serves plain calls itself and leaves all else to net/http.
//
// Decisions about bytes are in package gateway, money in meter, keys in auth.
// Nothing of a request's or a reply's content, and no key, is ever logged.
package proxy
