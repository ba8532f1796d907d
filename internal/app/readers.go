package app

import "github.com/luodi/luodi/internal/source"

// readers are those of formats that need a library, besides source's own.
var readers = []source.Reader{}
