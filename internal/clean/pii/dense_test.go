//go:build unix

package pii_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/luodi/luodi/internal/clean/pii"
)

// dense are texts that are little else than what has to be looked at closely.
var dense = map[string]func(r *rand.Rand) string{
	"transfers": func(r *rand.Rand) string {
		return fmt.Sprintf("T%06d,app,622202%013d,%d.%02d,2024-%02d-%02d %02d:%02d:%02d,13%09d\n", r.IntN(1e6), r.Int64N(1e13), r.IntN(1e5), r.IntN(100), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e9))
	},
	"json": func(r *rand.Rand) string {
		return fmt.Sprintf(`{"id":%d,"amount":%d.%02d,"ts":%d,"ok":true,"ref":"%08X","name":"item %d"},`, r.IntN(1e9), r.IntN(1e6), r.IntN(100), 1700000000000+r.Int64N(1e10), r.Uint32(), r.IntN(1e4))
	},
	"log": func(r *rand.Rand) string {
		return fmt.Sprintf("2024-03-%02dT%02d:%02d:%02d.%03dZ INFO 10.%d.%d.%d:%d GET /api/v1/accounts/%d?page=%d 200 %dms req=%016x\n", 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(65536), r.IntN(1e8), r.IntN(100), r.IntN(1000), r.Uint64())
	},
	"letter zh": func(r *rand.Rand) string {
		return fmt.Sprintf("第十二条 客户张伟应当按照规定披露信息，手机138%08d，身份证1101051949%02d%02d%04d，金额为人民币%d万元（2024年%d月%d日）。\n", r.IntN(1e8), 1+r.IntN(12), 1+r.IntN(28), r.IntN(10000), r.IntN(1000), 1+r.IntN(12), 1+r.IntN(28))
	},
	"addresses zh": func(r *rand.Rand) string { return place(r) + "\n" },
	"names zh":     func(r *rand.Rand) string { return "姓名：" + person(r) + "，已经办理。" },
	"mobiles":      func(r *rand.Rand) string { return mobile(r) + "\n" },
	"emails": func(r *rand.Rand) string {
		return fmt.Sprintf("user%d.x@mail%d.example.com\n", r.IntN(1e6), r.IntN(99))
	},
	"ibans": func(r *rand.Rand) string {
		return fmt.Sprintf("DE%02d %04d %04d %04d %04d %02d\n", r.IntN(100), r.IntN(1e4), r.IntN(1e4), r.IntN(1e4), r.IntN(1e4), r.IntN(100))
	},
	"amounts":  func(r *rand.Rand) string { return fmt.Sprintf("%.6f,", r.NormFloat64()*100) },
	"integers": func(r *rand.Rand) string { return fmt.Sprint(r.Int64N(1<<(3*(1+r.IntN(13)))), " ") },
	"dates": func(r *rand.Rand) string {
		return fmt.Sprintf("20%02d-%02d-%02d;", r.IntN(40), 1+r.IntN(12), 1+r.IntN(28))
	},
	"machines": func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d ", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	},
	"uuids": func(r *rand.Rand) string {
		return fmt.Sprintf("%08x-%04x-%04x-%012x\n", r.Uint32(), r.IntN(65536), r.IntN(65536), r.Uint64()>>16)
	},
	"base64": func(r *rand.Rand) string {
		b := make([]byte, 1500)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return base64.StdEncoding.EncodeToString(b) + "\n"
	},
	"keys": func(r *rand.Rand) string { return "api_key=" + token(r, 32) + "\n" },
}

// BenchmarkDense scans texts of random values of one kind. cpu-MB/s counts the
// processor's time, which others on the machine hardly change.
func BenchmarkDense(b *testing.B) {
	for name, line := range dense {
		r := rand.New(rand.NewPCG(11, 13))
		var text strings.Builder
		for text.Len() < 1<<19 {
			text.WriteString(line(r))
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			start := processorTime()
			for b.Loop() {
				pii.Find(text.String())
			}
			b.ReportMetric(float64(b.N)*float64(text.Len())/1e6/(processorTime()-start), "cpu-MB/s")
		})
	}
}

func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
