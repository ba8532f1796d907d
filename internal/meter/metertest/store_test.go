package metertest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Meter(t, func(*testing.T) meter.Store { return &metertest.Store{} })
}
