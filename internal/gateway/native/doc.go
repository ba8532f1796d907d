// Package native speaks vendors' own APIs for clients that speak OpenAI's.
//
// A chat is decoded and written in the vendor's shape, and the reply, whole or
// streamed, is written back as OpenAI's, so that whatever else happens to a
// call (budgets, masking, usage, cut streams) is the same for all vendors. It is
// for what a vendor's compatible layer lacks, and only where luodi.yaml says
// api: native; other calls are never decoded.
//
// A vendor's file names its shape: anthropic (messages), gemini
// (generateContent) or tc3 (a PascalCase API whose calls are signed with
// TC3-HMAC-SHA256). What a shape cannot say is refused where leaving it out
// would change the answer (several replies, sound), and left out where it is a
// preference (seeds, penalties).
//
// The package knows no network: it writes and reads bytes.
package native
