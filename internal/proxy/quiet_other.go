//go:build !unix

package proxy

import "net"

// quiet cannot look here without reading; connections are used again on trust.
func quiet(net.Conn) bool { return true }
