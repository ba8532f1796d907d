package app

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// forgetStart gives back the pages of the program's file that only its start
// needed. Every reader and engine touches its own code and tables once as the
// program starts, and the kernel maps what lies around them: 40 MB, of which a
// gateway goes on to use a part. These pages are never written to; one that is
// needed again comes from the kernel's cache.
func forgetStart() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		from, to, ok := ownPages(lines.Text(), self)
		if ok {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}

// ownPages reads a line of /proc/self/maps; ok says that it is a part of the
// program's file that cannot be written to.
func ownPages(line, self string) (from, to uintptr, ok bool) {
	place, rest, _ := strings.Cut(line, " ")
	low, high, _ := strings.Cut(place, "-")
	a, err := strconv.ParseUint(low, 16, 64)
	b, err2 := strconv.ParseUint(high, 16, 64)
	ok = err == nil && err2 == nil && a < b && len(rest) > 4 && rest[0] == 'r' && rest[1] == '-' && rest[3] == 'p' &&
		strings.HasSuffix(strings.TrimSuffix(rest, " (deleted)"), " "+self)
	return uintptr(a), uintptr(b), ok
}
