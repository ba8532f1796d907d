// Package openai asks any OpenAI-compatible endpoint: a vendor's cloud, vLLM,
// llama-server, Ollama, or luodi itself.
//
// It is how sizing runs a candidate and how a project finds out what an
// endpoint serves: chat (plain or streamed, to see the first token),
// embeddings and the list of models, with bounded retries, and with errors
// that say who was asked, what came back and what to check. Vendors' deviations
// are gateway.Rules, the same that the gateway applies.
//
// It is written here because the official Go client is 20 MB in the binary
// and knows no vendor but one; that client tests the gateway instead. It
// keeps no ledger: whoever calls it reserves and settles. It never puts a key
// into an error or a log.
package openai
