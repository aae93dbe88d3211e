/* Where the hashes of src/random/box-muller-float32.test.ts come from: Box-Muller in single precision for every uniform
 * value that exists (k / 2^24), with the processor's own fused multiply-add. Build and run on a machine with FMA:
 *   cc -O2 -march=native -ffp-contract=off normal-kernel.c -lm -o normal-kernel
 *   ./normal-kernel radius | sha256sum && ./normal-kernel cos | sha256sum && ./normal-kernel sin | sha256sum
 * Output: 2^24 little-endian float32 values. `radius` is sqrt(-2 ln(1 - x)), `cos` and `sin` are those of 2 pi x, all
 * with the polynomials of the Cephes library (S. Moshier), in the order of operations of PyTorch's AVX2 build. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static float radius(float uniform) {
  static const float c[9] = {7.0376836292E-2f,  -1.1514610310E-1f, 1.1676998740E-1f, -1.2420140846E-1f, 1.4249322787E-1f,
                             -1.6668057665E-1f, 2.0000714765E-1f,  -2.4999993993E-1f, 3.3333331174E-1f};
  int exponent;
  float x = frexpf(1.0f - uniform, &exponent);
  if (x < 0.707106781186547524f) {
    exponent -= 1;
    x = (x - 1.0f) + x;
  } else {
    x = x - 1.0f;
  }
  float e = (float)exponent, z = x * x, y = c[0];
  for (int i = 1; i < 9; i++) y = fmaf(y, x, c[i]);
  y = y * x;
  y = fmaf(y, z, e * -2.12194440e-4f);
  y = fmaf(-z, 0.5f, y);
  return sqrtf(-2.0f * fmaf(e, 0.693359375f, x + y));
}

static void sincos24(float uniform, float *sine, float *cosine) {
  float angle = 6.283185307179586f * uniform;
  int octant = ((int)(angle * 1.27323954473516f) + 1) & ~1;
  float q = (float)octant, x = fmaf(q, -0.78515625f, angle);
  x = fmaf(q, -2.4187564849853515625e-4f, x);
  x = fmaf(q, -3.77489497744594108e-8f, x);
  float z = x * x;
  float c = fmaf(fmaf(2.443315711809948E-005f, z, -1.388731625493765E-003f), z, 4.166664568298827E-002f);
  c = fmaf(c * z, z, -(z * 0.5f)) + 1.0f;
  float s = fmaf(fmaf(-1.9515295891E-4f, z, 8.3321608736E-3f), z, -1.6666654611E-1f);
  s = fmaf(s * z, x, x);
  switch ((octant >> 1) & 3) {
    case 0: *sine = s; *cosine = c; break;
    case 1: *sine = c; *cosine = -s; break;
    case 2: *sine = -s; *cosine = -c; break;
    default: *sine = -c; *cosine = s;
  }
}

int main(int count, char **arguments) {
  if (count != 2) return 1;
  for (uint32_t k = 0; k < 1u << 24; k++) {
    float uniform = (float)k / 16777216.0f, sine, cosine;
    sincos24(uniform, &sine, &cosine);
    float value = !strcmp(arguments[1], "radius") ? radius(uniform) : !strcmp(arguments[1], "cos") ? cosine : sine;
    value = value + 0.0f; /* -0 becomes 0, as adding the mean makes it */
    fwrite(&value, 4, 1, stdout);
  }
  return 0;
}
