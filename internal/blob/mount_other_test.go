//go:build !linux

package blob_test

import "errors"

func mount(string) error { return errors.ErrUnsupported }

func unmount(string) {}
