// Q(s, a) of N actions at each of B states, one block of rows at a time.
//
// A block stays in the caches from the first layer to the value: product, layer norm,
// tanh, product, ELU, dot product. `networks.critic` is the plain version; the two
// differ by rounding only. With `reduced` the factors of the products after the first
// layer are bfloat16 and their sums float32.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
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

typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));
typedef uint16_t Halves __attribute__((vector_size(2 * LANES)));

static inline Vector load(const float *from) {
  Vector v;
  memcpy(&v, from, sizeof v);
  return v;
}

static inline void store(float *to, Vector v) { memcpy(to, &v, sizeof v); }
static inline Vector least(Vector a, Vector b) { return b < a ? b : a; }
static inline Vector greatest(Vector a, Vector b) { return b > a ? b : a; }

static inline float total(Vector v) {
  float part[LANES];
  memcpy(part, &v, sizeof v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) part[i] += part[i + width];
  return part[0];
}

// e^x = 2^n e^r with |r| <= ln 2 / 2, e^r by a polynomial (Cephes), for |x| <= 87; the
// error is at most 2e-7 of e^x.
static inline Vector exponential(Vector x) {
  Vector shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: rounds to an integer
  Vector n = shifted - 12582912.0f;
  Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  Integers power = ((Integers)shifted - 0x4B400000 + 127) << 23;
  return p * (Vector)power;
}

// tanh x = 1 - 2 / (e^2x + 1); it is 1 in float32 from x = 9 on. Of two vectors at once:
// a division takes longer than the rest, and 1 / a = b / (a b).
static inline void hyperbolic_tangents(Vector &x, Vector &y) {
  Vector limit = Vector{} + 9.0f;
  Vector a = 1.0f + exponential(2.0f * greatest(least(x, limit), -limit));
  Vector b = 1.0f + exponential(2.0f * greatest(least(y, limit), -limit));
  Vector both = 2.0f / (a * b);
  x = 1.0f - both * b;
  y = 1.0f - both * a;
}

enum { ELU, RELU, TANH };

static inline Vector elu(Vector x) {
  Vector negative = greatest(least(x, Vector{}), Vector{} - 87.0f);
  return greatest(x, Vector{}) + (exponential(negative) - 1.0f);
}

// Rows have room for a multiple of 32 numbers, so that there are always two vectors.
static inline void activate(float *row, int64_t width, int64_t kind) {
  for (int64_t i = 0; i < width; i += 2 * LANES) {
    Vector x = load(row + i), y = load(row + i + LANES);
    if (kind == ELU) {
      x = elu(x);
      y = elu(y);
    } else if (kind == RELU) {
      x = greatest(x, Vector{});
      y = greatest(y, Vector{});
    } else {
      hyperbolic_tangents(x, y);
    }
    store(row + i, x);
    store(row + i + LANES, y);
  }
}

static inline int64_t padded(int64_t count, int64_t to) {
  return (count + to - 1) / to * to;
}

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

#if DOT
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

// Layer norm and tanh of a row; `mask` has 1 for each number and 0 for what is beyond.
static void layer_norm(float *row, int64_t width, const float *scale,
                       const float *offset, const float *mask) {
  int64_t last = padded(width, LANES) - LANES;
  Vector sum = {}, squares = {};
  for (int64_t i = 0; i <= last; i += LANES) sum += load(row + i);
  float mean = total(sum) / width;
  for (int64_t i = 0; i <= last; i += LANES) {
    Vector x = (load(row + i) - mean) * load(mask + i);
    squares += x * x;
  }
  float inverse = 1.0f / std::sqrt(total(squares) / width + 1e-5f);
  for (int64_t i = 0; i <= last; i += 2 * LANES) {
    Vector x = load(row + i) - mean, y = load(row + i + LANES) - mean;
    x = x * (inverse * load(scale + i)) + load(offset + i);
    y = y * (inverse * load(scale + i + LANES)) + load(offset + i + LANES);
    hyperbolic_tangents(x, y);
    store(row + i, x);
    store(row + i + LANES, y);
  }
}

// 0: no bfloat16; 1: dot products of vectors; 2: tiles.
extern "C" int64_t reduced_precision(void) {
#if AMX
  if (tiles_allowed()) return 2;
#endif
  return DOT;
}

struct Memory {
  char *next, *start;
  explicit Memory(int64_t bytes) {
    start = next = (char *)std::aligned_alloc(64, padded(bytes, 64));
    if (start) memset(start, 0, bytes);
  }
  ~Memory() { free(start); }
  template <class T>
  T *take(int64_t count) {
    char *here = next;
    next += padded(count * sizeof(T), 64);
    return (T *)here;
  }
};

// Returns 0, or 1 if there is no memory.
//   states [B, widths[0]]: the states' share of the first layer, its bias included
//   actions [N, B, A];  values [N, B]
//   weights, biases: of the action's layer (no bias), and of every layer after it
//   widths [layers + 1]: of the hidden layers;  scale, offset: of layer norm, or null
extern "C" int64_t critic_values(const float *states, const float *actions,
                                 float *values, const float *const *weights,
                                 const float *const *biases, const float *scale,
                                 const float *offset, const int64_t *widths,
                                 int64_t layers, int64_t rows, int64_t period,
                                 int64_t elements, int64_t activation,
                                 int64_t precision) {
  int64_t widest = 32;
  for (int64_t i = 0; i <= layers; i++)
    if (padded(widths[i], 32) > widest) widest = padded(widths[i], 32);
  int64_t bytes = 4 * (elements + 8) * widest;
  for (int64_t i = 0; i < layers; i++) bytes += 4 * widest * widest + 64;
  bytes += BLOCK * (4 * 2 * widest + 2 * widest + 4 * elements) + 4 * 4 * widest;
  bytes += 4 * layers * widest + 4096;
  Memory memory(bytes);
  if (!memory.start) return 1;

  float *first = memory.take<float>(elements * widest);
  pack(weights[0], elements, widths[0], first);
  float *packed[16], *bias[16];
  for (int64_t i = 0; i < layers; i++) {
    packed[i] = memory.take<float>(widest * widest);
    bias[i] = memory.take<float>(widest);
    memcpy(bias[i], biases[i + 1], 4 * widths[i + 1]);
    if (precision == 0) pack(weights[i + 1], widths[i], widths[i + 1], packed[i]);
#if DOT
    if (precision == 1)
      half_pack(weights[i + 1], widths[i], widths[i + 1], (uint16_t *)packed[i]);
#endif
#if AMX
    if (precision == 2)
      tiles_pack(weights[i + 1], widths[i], widths[i + 1], (uint16_t *)packed[i]);
#endif
  }
  float *last = memory.take<float>(widest);
  memcpy(last, weights[layers + 1], 4 * widths[layers]);
  float *norm = memory.take<float>(3 * widest);
  for (int64_t i = 0; i < widths[0]; i++) norm[2 * widest + i] = 1.0f;
  if (scale) {
    memcpy(norm, scale, 4 * widths[0]);
    memcpy(norm + widest, offset, 4 * widths[0]);
  }
  float *input = memory.take<float>(BLOCK * elements);
  float *hidden = memory.take<float>(BLOCK * widest);
  float *other = memory.take<float>(BLOCK * widest);
  uint16_t *halves = memory.take<uint16_t>(BLOCK * widest);
#if AMX
  if (precision == 2) configure_tiles();
#endif

  for (int64_t from = 0; from < rows; from += BLOCK) {
    int64_t count = rows - from < BLOCK ? rows - from : BLOCK;
    memcpy(input, actions + from * elements, 4 * count * elements);
    memset(hidden, 0, 4 * BLOCK * widest);
    for (int64_t row = 0; row < count; row++)
      memcpy(hidden + row * widest, states + (from + row) % period * widths[0],
             4 * widths[0]);
    product(input, elements, first, hidden, widest, elements, widths[0]);
    for (int64_t row = 0; row < count; row++) {
      float *h = hidden + row * widest;
      if (scale)
        layer_norm(h, widths[0], norm, norm + widest, norm + 2 * widest);
      else
        activate(h, widths[0], activation);
    }
    for (int64_t layer = 0; layer < layers; layer++) {
      int64_t inner = widths[layer], outputs = widths[layer + 1];
      for (int64_t row = 0; row < BLOCK; row++) {
        memcpy(other + row * widest, bias[layer], 4 * widest);
        if (precision)
          for (int64_t i = 0; i < inner; i += LANES)
            to_halves(hidden + row * widest + i, halves + row * widest + i);
      }
      if (precision == 0)
        product(hidden, widest, packed[layer], other, widest, inner, outputs);
#if DOT
      if (precision == 1)
        half_product(halves, widest, (uint16_t *)packed[layer], other, widest, inner,
                     outputs);
#endif
#if AMX
      if (precision == 2)
        tiles_product(halves, widest, (uint16_t *)packed[layer], other, widest, inner,
                      outputs);
#endif
      for (int64_t row = 0; row < count; row++)
        activate(other + row * widest, outputs, activation);
      float *swap = hidden;
      hidden = other;
      other = swap;
    }
    for (int64_t row = 0; row < count; row++) {
      Vector sum = {};
      for (int64_t i = 0; i < widths[layers]; i += LANES)
        sum += load(hidden + row * widest + i) * load(last + i);
      values[from + row] = total(sum) + biases[layers + 1][0];
    }
  }
#if AMX
  if (precision == 2) _tile_release();
#endif
  return 0;
}
