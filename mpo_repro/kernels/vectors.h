// Vectors of the processor's width, and activations of them.
//
// GCC and Clang compile operators on them to the processor's instructions.

#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
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
