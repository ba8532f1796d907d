//go:build !unix

package job

// alive cannot be known here without the system's own calls: the lease's end
// decides.
func alive(int) bool { return true }
