// Pictures of tiles that need no more than a mean of texels, gain and offset. Compiled by NVRTC for `direct.py`, which
// says what each number means. CHECKER, FIRST_GRAY, SECOND_GRAY and MAGENTA_* are defined there.

struct Arguments {
    const void* source;
    uchar4* picture;
    long long row, column, channel;  // strides in elements
    int channels, rows, columns;
    int width, height;
    int averages, lanes;
    double gain, offset;
    double left, top, across, down;
};

struct Half {
    unsigned short bits;
    __device__ operator float() const {
        float value;
        asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
        return value;
    }
};

struct Brain {
    unsigned short bits;
    __device__ operator float() const { return __uint_as_float((unsigned)bits << 16); }
};

struct Byte {
    unsigned char level;
    __device__ operator float() const { return level / 255.0f; }
};

template <typename Number>
struct Strided {
    static __device__ float4 texel(const Arguments& a, int row, int column) {
        const Number* at = static_cast<const Number*>(a.source) + row * a.row + column * a.column;
        return make_float4(at[0], at[a.channel], at[2 * a.channel], a.channels == 4 ? (float)at[3 * a.channel] : 1.0f);
    }
};

struct Packed {  // four neighbouring floats, aligned, are read at once
    static __device__ float4 texel(const Arguments& a, int row, int column) {
        const float* at = static_cast<const float*>(a.source) + row * a.row + column * a.column;
        return *reinterpret_cast<const float4*>(at);
    }
};

// `axis_spans` of `filter_spans.py` for "area", for one pixel. Nothing is fused, so positions are the same in every bit.
struct Span {
    int first, last;
    float head, tail, inner;

    __device__ Span(double start, double step, int pixel, int texels) {
        double from = snapped(__dadd_rn(start, __dmul_rn(step, pixel)));
        double to = snapped(__dadd_rn(start, __dmul_rn(step, pixel + 1)));
        double begin = fmin(fmax(floor(from), 0.0), texels - 1.0);
        double end = fmin(fmax(ceil(to) - 1, begin), texels - 1.0);
        double rest = (to - end) / step;
        if (!(rest > 0)) end = begin;
        bool alone = begin == end;
        first = (int)begin;
        last = (int)end;
        head = alone ? 1.0f : (float)((fmin(begin + 1, to) - from) / step);
        tail = alone ? 0.0f : (float)rest;
        inner = (float)(1 / step);
    }

    static __device__ double snapped(double position) {
        double half = rint(position * 2) / 2;
        return fabs(position - half) < 1e-7 ? half : position;
    }

    __device__ float weight(int texel) const { return texel == first ? head : texel == last ? tail : inner; }
};

__device__ unsigned char level(float value, float alpha, float board) {
    return (unsigned char)((__saturatef(value) * alpha + board * (1.0f - alpha)) * 255.0f + 0.5f);
}

// `lanes` neighbouring threads make a pixel: they share the texels of each row of its footprint.
template <typename Source>
__device__ void paint(const Arguments& a) {
    unsigned thread = blockIdx.x * blockDim.x + threadIdx.x, pixel = thread / a.lanes, lane = thread % a.lanes;
    int x = pixel % a.width, y = pixel / a.width;
    bool inside = y < a.height;
    float4 mean = make_float4(0, 0, 0, 0);
    if (!a.averages) {
        if (inside) mean = Source::texel(a, y, x);
    } else {
        if (inside) {
            Span down(a.top, a.down, y, a.rows), across(a.left, a.across, x, a.columns);
            for (int row = down.first; row <= down.last; ++row) {
                for (int column = across.first + (int)lane; column <= across.last; column += a.lanes) {
                    float weight = down.weight(row) * across.weight(column);
                    float4 texel = Source::texel(a, row, column);
                    mean.x += weight * texel.x;
                    mean.y += weight * texel.y;
                    mean.z += weight * texel.z;
                    mean.w += weight * texel.w;
                }
            }
        }
        for (int other = a.lanes / 2; other; other /= 2) {  // all threads of a warp take part
            mean.x += __shfl_xor_sync(~0u, mean.x, other);
            mean.y += __shfl_xor_sync(~0u, mean.y, other);
            mean.z += __shfl_xor_sync(~0u, mean.z, other);
            mean.w += __shfl_xor_sync(~0u, mean.w, other);
        }
    }
    if (!inside || lane) return;
    float gain = (float)a.gain, offset = (float)a.offset;
    float r = mean.x * gain + offset, g = mean.y * gain + offset, b = mean.z * gain + offset;
    float alpha = a.channels == 4 ? mean.w : 1.0f;
    uchar4 color = make_uchar4(MAGENTA_RED, MAGENTA_GREEN, MAGENTA_BLUE, 255);
    if (!(isnan(r) || isnan(g) || isnan(b) || isnan(alpha))) {
        float board = ((x / CHECKER + y / CHECKER) & 1) ? SECOND_GRAY : FIRST_GRAY;
        alpha = __saturatef(alpha);
        color = make_uchar4(level(r, alpha, board), level(g, alpha, board), level(b, alpha, board), 255);
    }
    a.picture[pixel] = color;
}

extern "C" {
__global__ void floats(const Arguments a) { paint<Strided<float>>(a); }
__global__ void packed_floats(const Arguments a) { paint<Packed>(a); }
__global__ void halves(const Arguments a) { paint<Strided<Half>>(a); }
__global__ void brain_floats(const Arguments a) { paint<Strided<Brain>>(a); }
__global__ void bytes(const Arguments a) { paint<Strided<Byte>>(a); }
}
