//go:build simd

#include "textflag.h"

// One hash h goes through 64 permutations of 8 registers: x = h·mul + add
// modulo 2^64, and of each the low half of x + (x >> 61) is compared.

#define PERMUTE512(mul, add, low, t, u) \
	VPMULLQ Z24, mul, t \
	VPADDQ  add, t, t   \
	VPSRLQ  $61, t, u   \
	VPADDQ  u, t, t     \
	VPMINUD t, low, low

// func least512(hashes *uint32, n int, mul, add *uint64, least *uint32)
TEXT ·least512(SB), NOSPLIT, $0-40
	MOVQ hashes+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ mul+16(FP), R8
	MOVQ add+24(FP), R9
	MOVQ least+32(FP), DI
	VMOVDQU64 0(R8), Z0
	VMOVDQU64 64(R8), Z1
	VMOVDQU64 128(R8), Z2
	VMOVDQU64 192(R8), Z3
	VMOVDQU64 256(R8), Z4
	VMOVDQU64 320(R8), Z5
	VMOVDQU64 384(R8), Z6
	VMOVDQU64 448(R8), Z7
	VMOVDQU64 0(R9), Z8
	VMOVDQU64 64(R9), Z9
	VMOVDQU64 128(R9), Z10
	VMOVDQU64 192(R9), Z11
	VMOVDQU64 256(R9), Z12
	VMOVDQU64 320(R9), Z13
	VMOVDQU64 384(R9), Z14
	VMOVDQU64 448(R9), Z15
	VPMOVZXDQ 0(DI), Z16
	VPMOVZXDQ 32(DI), Z17
	VPMOVZXDQ 64(DI), Z18
	VPMOVZXDQ 96(DI), Z19
	VPMOVZXDQ 128(DI), Z20
	VPMOVZXDQ 160(DI), Z21
	VPMOVZXDQ 192(DI), Z22
	VPMOVZXDQ 224(DI), Z23

next512:
	MOVL (SI), AX
	ADDQ $4, SI
	VPBROADCASTQ AX, Z24
	PERMUTE512(Z0, Z8, Z16, Z25, Z26)
	PERMUTE512(Z1, Z9, Z17, Z27, Z28)
	PERMUTE512(Z2, Z10, Z18, Z29, Z30)
	PERMUTE512(Z3, Z11, Z19, Z25, Z26)
	PERMUTE512(Z4, Z12, Z20, Z27, Z28)
	PERMUTE512(Z5, Z13, Z21, Z29, Z30)
	PERMUTE512(Z6, Z14, Z22, Z25, Z26)
	PERMUTE512(Z7, Z15, Z23, Z27, Z28)
	DECQ CX
	JNZ next512

	VPMOVQD Z16, 0(DI)
	VPMOVQD Z17, 32(DI)
	VPMOVQD Z18, 64(DI)
	VPMOVQD Z19, 96(DI)
	VPMOVQD Z20, 128(DI)
	VPMOVQD Z21, 160(DI)
	VPMOVQD Z22, 192(DI)
	VPMOVQD Z23, 224(DI)
	VZEROUPPER
	RET

// The same for 16 permutations of 4 registers. AVX2 multiplies 32 bits by 32:
// x = h·low(mul) + (h·high(mul) << 32) + add.

#define PERMUTE2(mul, high, add, low) \
	VPMULUDQ Y12, mul, Y13  \
	VPMULUDQ Y12, high, Y14 \
	VPSLLQ   $32, Y14, Y14  \
	VPADDQ   add, Y13, Y13  \
	VPADDQ   Y14, Y13, Y13  \
	VPSRLQ   $61, Y13, Y14  \
	VPADDQ   Y14, Y13, Y13  \
	VPMINUD  Y13, low, low

// NARROW stores the low halves of four lanes.
#define NARROW(low, x, to) \
	VPSHUFD $0x88, low, low \
	VPERMQ  $0x08, low, low \
	VMOVDQU x, to

// func least2(hashes *uint32, n int, mul, add *uint64, least *uint32)
TEXT ·least2(SB), NOSPLIT, $0-40
	MOVQ hashes+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ mul+16(FP), R8
	MOVQ add+24(FP), R9
	MOVQ least+32(FP), DI
	VMOVDQU 0(R8), Y0
	VMOVDQU 32(R8), Y1
	VMOVDQU 64(R8), Y2
	VMOVDQU 96(R8), Y3
	VPSRLQ $32, Y0, Y4
	VPSRLQ $32, Y1, Y5
	VPSRLQ $32, Y2, Y6
	VPSRLQ $32, Y3, Y7
	VPMOVZXDQ 0(DI), Y8
	VPMOVZXDQ 16(DI), Y9
	VPMOVZXDQ 32(DI), Y10
	VPMOVZXDQ 48(DI), Y11

next2:
	MOVL (SI), AX
	ADDQ $4, SI
	VMOVQ AX, X12
	VPBROADCASTQ X12, Y12
	PERMUTE2(Y0, Y4, 0(R9), Y8)
	PERMUTE2(Y1, Y5, 32(R9), Y9)
	PERMUTE2(Y2, Y6, 64(R9), Y10)
	PERMUTE2(Y3, Y7, 96(R9), Y11)
	DECQ CX
	JNZ next2

	NARROW(Y8, X8, 0(DI))
	NARROW(Y9, X9, 16(DI))
	NARROW(Y10, X10, 32(DI))
	NARROW(Y11, X11, 48(DI))
	VZEROUPPER
	RET
