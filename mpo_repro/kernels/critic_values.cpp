// Q(s, a) of N actions at each of B states, one block of rows at a time.
//
// A block stays in the caches from the first layer to the value: product, layer norm,
// tanh, product, ELU, dot product. `networks.critic` is the plain version; the two
// differ by rounding only. With `reduced` the factors of the products after the first
// layer are bfloat16 and their sums float32.

#include <cmath>
#include <cstdlib>

#include "products.h"

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

// Memory of one call, handed out in pieces that begin with a cache line.
struct Memory {
  char *start, *next;
  explicit Memory(int64_t bytes)
      : start((char *)std::aligned_alloc(64, padded(bytes, 64))), next(start) {
    if (start) memset(start, 0, bytes);
  }
  ~Memory() { free(start); }
  template <class T>
  T *take(int64_t count) {
    T *here = (T *)next;
    next += padded(count * sizeof(T), 64);
    return here;
  }
};

#define LAYERS 16  // at most, after the first

struct Network {
  int64_t layers, elements, activation, precision, widest;
  int64_t widths[LAYERS + 1];
  float *first, *packed[LAYERS], *bias[LAYERS], *last, last_bias;
  float *scale, *offset, *mask;  // of layer norm; scale is null without
};

struct Block {
  float *input, *hidden, *other;
  uint16_t *halves;
};

static void pack_layer(Network &net, int64_t layer, const float *weight) {
  int64_t inner = net.widths[layer], columns = net.widths[layer + 1];
  if (net.precision == 0) pack(weight, inner, columns, net.packed[layer]);
#if DOT
  uint16_t *to = (uint16_t *)net.packed[layer];
  if (net.precision == 1) half_pack(weight, inner, columns, to);
#endif
#if AMX
  if (net.precision == 2) tiles_pack(weight, inner, columns, to);
#endif
}

static void read(Network &net, Memory &memory, const float *const *weights,
                 const float *const *biases, const float *scale, const float *offset) {
  net.first = memory.take<float>(net.elements * net.widest);
  pack(weights[0], net.elements, net.widths[0], net.first);
  for (int64_t i = 0; i < net.layers; i++) {
    net.packed[i] = memory.take<float>(net.widest * net.widest);
    net.bias[i] = memory.take<float>(net.widest);
    memcpy(net.bias[i], biases[i + 1], 4 * net.widths[i + 1]);
    pack_layer(net, i, weights[i + 1]);
  }
  net.last = memory.take<float>(net.widest);
  memcpy(net.last, weights[net.layers + 1], 4 * net.widths[net.layers]);
  net.last_bias = biases[net.layers + 1][0];
  net.scale = nullptr;
  if (!scale) return;
  net.scale = memory.take<float>(net.widest);
  net.offset = memory.take<float>(net.widest);
  net.mask = memory.take<float>(net.widest);
  memcpy(net.scale, scale, 4 * net.widths[0]);
  memcpy(net.offset, offset, 4 * net.widths[0]);
  for (int64_t i = 0; i < net.widths[0]; i++) net.mask[i] = 1.0f;
}

// From the states' share, which is in `hidden`, to the first layer's units.
static void first_layer(const Network &net, Block &block, int64_t count) {
  int64_t width = net.widths[0];
  product(block.input, net.elements, net.first, block.hidden, net.widest, net.elements,
          width);
  for (int64_t row = 0; row < count; row++) {
    float *units = block.hidden + row * net.widest;
    if (net.scale)
      layer_norm(units, width, net.scale, net.offset, net.mask);
    else
      activate(units, width, net.activation);
  }
}

static void hidden_layer(const Network &net, Block &block, int64_t layer,
                         int64_t count) {
  int64_t ld = net.widest, inner = net.widths[layer], columns = net.widths[layer + 1];
  for (int64_t row = 0; row < BLOCK; row++)
    memcpy(block.other + row * ld, net.bias[layer], 4 * ld);
  if (net.precision == 0)
    product(block.hidden, ld, net.packed[layer], block.other, ld, inner, columns);
#if DOT
  uint16_t *packed = (uint16_t *)net.packed[layer];
  if (net.precision)
    for (int64_t row = 0; row < BLOCK; row++)
      for (int64_t i = 0; i < inner; i += LANES)
        to_halves(block.hidden + row * ld + i, block.halves + row * ld + i);
  if (net.precision == 1)
    half_product(block.halves, ld, packed, block.other, ld, inner, columns);
#endif
#if AMX
  if (net.precision == 2)
    tiles_product(block.halves, ld, packed, block.other, ld, inner, columns);
#endif
  for (int64_t row = 0; row < count; row++)
    activate(block.other + row * ld, columns, net.activation);
  float *swap = block.hidden;
  block.hidden = block.other;
  block.other = swap;
}

static float last_layer(const Network &net, const float *units) {
  Vector sum = {};
  for (int64_t i = 0; i < net.widths[net.layers]; i += LANES)
    sum += load(units + i) * load(net.last + i);
  return total(sum) + net.last_bias;
}

// Returns 0, or 1 if there is no memory.
//   states [period, widths[0]]: the states' share of the first layer, bias included
//   actions [rows, elements]: of all states, then of all states again, ...
//   values [rows]
//   weights, biases: of the actions' layer (its bias is in `states`), then of the rest
//   widths [layers + 1]: of the hidden layers
//   scale, offset [widths[0]]: of layer norm and tanh after the first layer; or null
//   precision: 0, or at most what `reduced_precision` returns
extern "C" int64_t critic_values(const float *states, const float *actions,
                                 float *values, const float *const *weights,
                                 const float *const *biases, const float *scale,
                                 const float *offset, const int64_t *widths,
                                 int64_t layers, int64_t rows, int64_t period,
                                 int64_t elements, int64_t activation,
                                 int64_t precision) {
  Network net = {layers, elements, activation, precision, 32};
  for (int64_t i = 0; i <= layers; i++) {
    net.widths[i] = widths[i];
    if (padded(widths[i], 32) > net.widest) net.widest = padded(widths[i], 32);
  }
  int64_t ld = net.widest, numbers = elements + layers * (ld + 1) + 4;
  Memory memory(4 * ld * (numbers + 3 * BLOCK) + 64 * (2 * layers + 12) +
                4 * BLOCK * elements);
  if (!memory.start) return 1;
  read(net, memory, weights, biases, scale, offset);
  Block block = {memory.take<float>(BLOCK * elements), memory.take<float>(BLOCK * ld),
                 memory.take<float>(BLOCK * ld), memory.take<uint16_t>(BLOCK * ld)};
#if AMX
  if (precision == 2) configure_tiles();
#endif
  for (int64_t from = 0; from < rows; from += BLOCK) {
    int64_t count = rows - from < BLOCK ? rows - from : BLOCK;
    memcpy(block.input, actions + from * elements, 4 * count * elements);
    memset(block.hidden, 0, 4 * BLOCK * ld);
    for (int64_t row = 0; row < count; row++)
      memcpy(block.hidden + row * ld, states + (from + row) % period * widths[0],
             4 * widths[0]);
    first_layer(net, block, count);
    for (int64_t layer = 0; layer < layers; layer++)
      hidden_layer(net, block, layer, count);
    for (int64_t row = 0; row < count; row++)
      values[from + row] = last_layer(net, block.hidden + row * ld);
  }
#if AMX
  if (precision == 2) _tile_release();
#endif
  return 0;
}
