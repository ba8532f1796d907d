// Package gateway decides about calls on their bytes: which route serves
// them, what a vendor needs changed, what they may cost at most, and what they
// did cost.
//
// A request is scanned once, at the top level only (Request), and only the
// spans that must change are replaced (Object.Apply): the model's name, the
// wish for usage in a stream, parameters that the vendor clamps, renames or
// refuses (Rules). Everything else, tools and images included, goes through
// byte for byte. Of a stream only the frame that holds the usage is decoded
// (Frames). That is why a call through the gateway costs less than through a
// plain reverse proxy, although it is authorised, metered and logged.
//
// Vendors are data: their deviations are Rules from the catalog, never code.
//
// The package knows no network: package proxy moves the bytes, package meter
// keeps the money.
package gateway
