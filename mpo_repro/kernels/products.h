// Products of a block of rows with a layer's weights, in float32 or bfloat16.
//
// Weights are packed once a call, in the order in which tiles read them. A tile's sums
// stay in registers, or in the tile registers of AMX.

#pragma once

#include "vectors.h"

#if defined(__AVX512F__) || defined(__aarch64__)
#define VECTORS 4  // of a tile's columns: its sums take 24 of 32 registers
#else
#define VECTORS 2
#endif
#define ROWS 6    // of a tile
#define BLOCK 48  // rows; a multiple of ROWS, and of an AMX tile's 16

#if defined(__AVX512BF16__)
#include <immintrin.h>
#define DOT 1
#elif defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#include <arm_neon.h>
#define DOT 1
#else
#define DOT 0
#endif
#if defined(__AMX_BF16__) && defined(__linux__) && DOT
#include <sys/syscall.h>
#include <unistd.h>
#define AMX 1
#else
#define AMX 0
#endif

// Columns are cut into panels of at most VECTORS vectors, as equal as can be.
struct Panels {
  int64_t vectors, count;
  explicit Panels(int64_t columns)
      : vectors(padded(columns, LANES) / LANES),
        count((vectors + VECTORS - 1) / VECTORS) {}
  int64_t start(int64_t panel) const { return panel * vectors / count; }
  int64_t width(int64_t panel) const { return start(panel + 1) - start(panel); }
};

// C += A B for ROWS rows and NV vectors of columns; B is packed.
template <int NV>
static void tile(const float *a, int64_t lda, const float *b, float *c, int64_t ldc,
                 int64_t inner) {
  Vector sums[ROWS][NV];
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < NV; j++) sums[i][j] = load(c + i * ldc + j * LANES);
  for (int64_t k = 0; k < inner; k++, b += NV * LANES)
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < NV; j++)
        sums[i][j] += a[i * lda + k] * load(b + j * LANES);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < NV; j++) store(c + i * ldc + j * LANES, sums[i][j]);
}

#if DOT
static inline uint16_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

static void to_halves(const float *from, uint16_t *to) {
  Integers bits = (Integers)load(from);
  bits = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  Halves v = __builtin_convertvector(bits, Halves);
  memcpy(to, &v, sizeof v);
}

static inline Vector dot(Vector sum, const uint16_t *pair, const uint16_t *row) {
#if defined(__AVX512BF16__)
  int32_t both;
  memcpy(&both, pair, 4);
  return (Vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(both),
                                  (__m512bh)_mm512_loadu_si512(row));
#else
  uint32_t both;
  memcpy(&both, pair, 4);
  bfloat16x8_t a = vreinterpretq_bf16_u32(vdupq_n_u32(both));
  bfloat16x8_t b = vreinterpretq_bf16_u16(vld1q_u16(row));
  return (Vector)vbfdotq_f32((float32x4_t)sum, a, b);
#endif
}

// The same with bfloat16 factors; `inner` counts pairs.
template <int NV>
static void half_tile(const uint16_t *a, int64_t lda, const uint16_t *b, float *c,
                      int64_t ldc, int64_t inner) {
  Vector sums[ROWS][NV];
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < NV; j++) sums[i][j] = load(c + i * ldc + j * LANES);
  for (int64_t k = 0; k < inner; k++, b += 2 * NV * LANES)
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < NV; j++)
        sums[i][j] = dot(sums[i][j], a + i * lda + 2 * k, b + 2 * j * LANES);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < NV; j++) store(c + i * ldc + j * LANES, sums[i][j]);
}
#endif

#define EACH_WIDTH(name, ...)                            \
  switch (panels.width(panel)) {                         \
    case 1: name<1>(__VA_ARGS__); break;                 \
    case 2: name<2>(__VA_ARGS__); break;                 \
    case 3: name<(VECTORS > 2 ? 3 : 1)>(__VA_ARGS__); break; \
    default: name<VECTORS>(__VA_ARGS__);                 \
  }

static void pack(const float *weight, int64_t inner, int64_t columns, float *to) {
  Panels panels(columns);
  for (int64_t panel = 0; panel < panels.count; panel++)
    for (int64_t k = 0; k < inner; k++)
      {
        int64_t from = panels.start(panel) * LANES, count = panels.width(panel) * LANES;
        int64_t real = columns - from < count ? columns - from : count;
        memcpy(to, weight + k * columns + from, 4 * real);
        for (int64_t j = real; j < count; j++) to[j] = 0.0f;
        to += count;
      }
}

static void product(const float *a, int64_t lda, const float *packed, float *c,
                    int64_t ldc, int64_t inner, int64_t columns) {
  Panels panels(columns);
  for (int64_t panel = 0; panel < panels.count; panel++) {
    const float *b = packed + panels.start(panel) * LANES * inner;
    for (int64_t row = 0; row < BLOCK; row += ROWS)
      EACH_WIDTH(tile, a + row * lda, lda, b,
                 c + row * ldc + panels.start(panel) * LANES, ldc, inner)
  }
}

#if DOT
static float at(const float *weight, int64_t k, int64_t column, int64_t inner,
                int64_t columns) {
  return k < inner && column < columns ? weight[k * columns + column] : 0.0f;
}

static void half_pack(const float *weight, int64_t inner, int64_t columns,
                      uint16_t *to) {
  Panels panels(columns);
  int64_t pairs = padded(inner, 32) / 2;
  for (int64_t panel = 0; panel < panels.count; panel++)
    for (int64_t k = 0; k < pairs; k++)
      for (int64_t j = 0; j < panels.width(panel) * LANES; j++)
        for (int64_t odd = 0; odd < 2; odd++)
          *to++ = rounded(at(weight, 2 * k + odd, panels.start(panel) * LANES + j,
                             inner, columns));
}

static void half_product(const uint16_t *a, int64_t lda, const uint16_t *packed,
                         float *c, int64_t ldc, int64_t inner, int64_t columns) {
  Panels panels(columns);
  int64_t pairs = padded(inner, 32) / 2;
  for (int64_t panel = 0; panel < panels.count; panel++) {
    const uint16_t *b = packed + panels.start(panel) * LANES * 2 * pairs;
    for (int64_t row = 0; row < BLOCK; row += ROWS)
      EACH_WIDTH(half_tile, a + row * lda, lda, b,
                 c + row * ldc + panels.start(panel) * LANES, ldc, pairs)
  }
}
#endif

#if AMX
static void tiles_pack(const float *weight, int64_t inner, int64_t columns,
                       uint16_t *to) {
  for (int64_t column = 0; column < columns; column += 16)
    for (int64_t k = 0; k < padded(inner, 32); k += 2)
      for (int64_t j = 0; j < 16; j++)
        for (int64_t odd = 0; odd < 2; odd++)
          *to++ = rounded(at(weight, k + odd, column + j, inner, columns));
}

static void tiles_product(const uint16_t *a, int64_t lda, const uint16_t *packed,
                          float *c, int64_t ldc, int64_t inner, int64_t columns) {
  for (int64_t column = 0; column < columns; column += 16) {
    for (int64_t row = 0; row < BLOCK; row += 48) {
      float *to = c + row * ldc + column;
      const uint16_t *from = a + row * lda;
      const uint16_t *b = packed + column * padded(inner, 32);
      _tile_loadd(0, to, 4 * ldc);
      _tile_loadd(1, to + 16 * ldc, 4 * ldc);
      _tile_loadd(2, to + 32 * ldc, 4 * ldc);
      for (int64_t k = 0; k < inner; k += 32, b += 512) {
        _tile_loadd(6, b, 64);
        _tile_loadd(3, from + k, 2 * lda);
        _tile_dpbf16ps(0, 3, 6);
        _tile_loadd(4, from + k + 16 * lda, 2 * lda);
        _tile_dpbf16ps(1, 4, 6);
        _tile_loadd(5, from + k + 32 * lda, 2 * lda);
        _tile_dpbf16ps(2, 5, 6);
      }
      _tile_stored(0, to, 4 * ldc);
      _tile_stored(1, to + 16 * ldc, 4 * ldc);
      _tile_stored(2, to + 32 * ldc, 4 * ldc);
    }
  }
}

static bool tiles_allowed() {  // the kernel gives tiles to a process that asks
  static bool allowed = syscall(SYS_arch_prctl, 0x1023, 18) == 0;
  return allowed;
}

static void configure_tiles() {
  alignas(64) uint8_t config[64] = {1};
  for (int i = 0; i < 8; i++) {
    config[16 + 2 * i] = 64;  // bytes of a row
    config[48 + i] = 16;      // rows
  }
  _tile_loadconfig(config);
}
#endif
