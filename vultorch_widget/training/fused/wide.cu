// One training step of a network 2-WIDTH-WIDTH-3 with 65 to 128 hidden units in two kernels, as `step.cu` does for up to
// 64. Parameters, moments and accumulators are float32; the products of hidden units are mma.sync on float16. The first
// and the third layer are thin enough for float32.
//
// A block of eight warps passes 128 pixels at a time forward and backward, 16 per warp, with the weights and the
// activations in shared memory. For the gradients each warp sums over all 128 pixels, for 16 of the units, so that no
// two warps add to the same value. Hidden layers of fewer than 128 units are padded with units whose weights are zero.
//
// Macros defined by the host: WIDTH 65..128, SPLIT 0 or 1, and BLOCKS, the number of multiprocessors.

#define ROW (LOSS + 1) // a block's partial gradients, in the order of the parameters
#define WARPS 8
#define THREADS (WARPS * 32)
#define TILE 128 // pixels
#define UPDATE_VALUES 64
#define UPDATE_GROUPS 4
#define UPDATE_THREADS (UPDATE_VALUES * UPDATE_GROUPS)

// Layout of shared memory. A matrix has rows of 128 float16 whose groups of eight are swizzled, so that eight rows of one
// column lie in different banks; with SPLIT, the lower parts follow. Up to IMAGE it equals the weights in global memory.
#define MATRIX (UNITS * UNITS * 2)
#define S_W2 0
#define S_FLOATS (NB * MATRIX) // all other parameters
#define IMAGE (S_FLOATS + 4 * 900)
#define S_H1 ((IMAGE + 1023) / 1024 * 1024)
#define S_TURN (S_H1 + NB * MATRIX) // the second layer's outputs, then its gradients, then the first layer's
#define S_SLIM (S_TURN + NB * MATRIX) // eight columns by pixel: gradients of red, green, blue; x, y, 1
#define SLIM_ROW 272 // bytes, which keeps columns in different banks
#define SLIM (8 * SLIM_ROW)
#define S_EDGE (S_SLIM + NB * SLIM)
#define SMEM (S_EDGE + WARPS * 16 + 1024)

__device__ __forceinline__ void load4(u32* r, u32 at) { // four 8 x 8 matrices; each lane gives a row's address
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}
__device__ __forceinline__ void load4_transposed(u32* r, u32 at) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}
__device__ __forceinline__ u32 place(int row, int eight) { return row * (UNITS * 2) + ((eight ^ (row & 7)) << 4); }

// Adds the products of a and of two neighbouring tiles b.
__device__ __forceinline__ void mma2(float (*d)[4], const u32* a, const u32* b) { mma(d[0], a, b); mma(d[1], a, b + 2); }

struct Gradients { float w2[16][4], third[4], second[4], first[4], b3[3], loss; };

// For 16 pixels k..k+15: adds the products of 16 units' values in the matrix at S_TURN with the eight slim columns.
__device__ __forceinline__ void slim(float* d, const u32* a, const u32* rest_of_a, const char* sm, int k) {
    const int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
    const char* at = sm + S_SLIM + g * SLIM_ROW + (k + 2 * t) * 2;
    const u32 b[2] = {*(const u32*)at, *(const u32*)(at + 16)};
    mma(d, a, b);
#if SPLIT
    const u32 low[2] = {*(const u32*)(at + SLIM), *(const u32*)(at + SLIM + 16)};
    mma(d, a, low);
    mma(d, rest_of_a, b);
#endif
}
// The transposed values of the warp's units and pixels k..k+15, from the matrix at S_TURN.
__device__ __forceinline__ void turned(u32* a, u32* rest_of_a, u32 base, int k) {
    const int lane = threadIdx.x & 31, m = lane >> 3, warp = threadIdx.x >> 5;
    const u32 at = base + S_TURN + place(k + (m >> 1) * 8 + (lane & 7), 2 * warp + (m & 1));
    load4_transposed(a, at);
#if SPLIT
    load4_transposed(rest_of_a, at + MATRIX);
#endif
}
__device__ __forceinline__ void slim_pass(float* d, const char* sm, u32 base) {
    #pragma unroll
    for (int k = 0; k < TILE; k += 16) {
        u32 a[4], low[4];
        turned(a, low, base, k);
        slim(d, a, low, sm, k);
    }
}
__device__ __forceinline__ void store(char* at, u32 high, float a, float b) {
    *(u32*)at = high;
#if SPLIT
    *(u32*)(at + MATRIX) = rest(high, a, b);
#endif
}
// Stores the values of the lane's two pixels in a slim column.
__device__ __forceinline__ void store_slim(char* at, float v0, float v1) {
    const u32 high = pack(v0, v1);
    *(u16*)at = (u16)high;
    *(u16*)(at + 16) = (u16)(high >> 16);
#if SPLIT
    const u32 low = rest(high, v0, v1);
    *(u16*)(at + SLIM) = (u16)low;
    *(u16*)(at + SLIM + 16) = (u16)(low >> 16);
#endif
}

__device__ __forceinline__ void step_tiles(char* sm, const float2* coords, const float* target, int count, Gradients& grad) {
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3, m = lane >> 3, r = lane & 7;
    const u32 base = address(sm);
    const float* weights = (const float*)(sm + S_FLOATS);
    const float *w1 = weights, *b1 = weights + B1, *b2 = weights + W2, *w3 = b2 + UNITS, *b3 = w3 + 3 * UNITS;
    const int row = warp * 16 + g; // of the lane's first pixel; the second is eight further on
    char* const turn0 = sm + S_TURN + row * (UNITS * 2) + 4 * t;
    char* const first0 = sm + S_H1 + row * (UNITS * 2) + 4 * t;
    const int below = 8 * UNITS * 2; // bytes to the lane's second pixel, whose swizzle is the same
    #pragma unroll
    for (int n = 0; n < 16; ++n)
        for (int i = 0; i < 4; ++i) grad.w2[n][i] = 0;
    #pragma unroll
    for (int i = 0; i < 4; ++i) grad.third[i] = grad.second[i] = grad.first[i] = 0;
    grad.b3[0] = grad.b3[1] = grad.b3[2] = grad.loss = 0;

    const int tiles = (count + TILE - 1) / TILE;
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const int p0 = tile * TILE + row, p1 = p0 + 8;
        const bool in0 = p0 < count, in1 = p1 < count;
        const float2 xy0 = __ldg(coords + min(p0, count - 1)), xy1 = __ldg(coords + min(p1, count - 1));
        const float *t0 = target + 3 * (u64)min(p0, count - 1), *t1 = target + 3 * (u64)min(p1, count - 1);
        const float want0[3] = {__ldg(t0), __ldg(t0 + 1), __ldg(t0 + 2)}, want1[3] = {__ldg(t1), __ldg(t1 + 1), __ldg(t1 + 2)};
        float d[16][4];
        #pragma unroll
        for (int n = 0; n < 16; ++n) {
            const float2 b = *(const float2*)(b2 + 8 * n + 2 * t);
            d[n][0] = d[n][2] = b.x;
            d[n][1] = d[n][3] = b.y;
        }
        __syncthreads(); // the previous tile's operands are read
        if (t < 3) { // x, y, 1
            const float v0 = t == 0 ? xy0.x : t == 1 ? xy0.y : 1.0f, v1 = t == 0 ? xy1.x : t == 1 ? xy1.y : 1.0f;
            store_slim(sm + S_SLIM + (3 + t) * SLIM_ROW + row * 2, v0, v1);
        }
        // First layer, 16 units at a time, and what they give to the second.
        #pragma unroll 1
        for (int k = 0; k < 8; ++k) {
            u32 a[4], low[4];
            #pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int unit = 16 * k + 8 * half + 2 * t;
                const float4 w = *(const float4*)(w1 + 2 * unit);
                const float2 b = *(const float2*)(b1 + unit);
                const float e0 = fmaxf(fmaf(w.x, xy0.x, fmaf(w.y, xy0.y, b.x)), 0.0f), e1 = fmaxf(fmaf(w.z, xy0.x, fmaf(w.w, xy0.y, b.y)), 0.0f);
                const float f0 = fmaxf(fmaf(w.x, xy1.x, fmaf(w.y, xy1.y, b.x)), 0.0f), f1 = fmaxf(fmaf(w.z, xy1.x, fmaf(w.w, xy1.y, b.y)), 0.0f);
                a[2 * half] = pack(e0, e1);
                a[2 * half + 1] = pack(f0, f1);
                char* at = first0 + (((2 * k + half) ^ (row & 7)) << 4);
                store(at, a[2 * half], e0, e1);
                store(at + below, a[2 * half + 1], f0, f1);
#if SPLIT
                low[2 * half] = rest(a[2 * half], e0, e1);
                low[2 * half + 1] = rest(a[2 * half + 1], f0, f1);
#endif
            }
            #pragma unroll
            for (int j = 0; j < 8; ++j) {
                u32 b[4];
                const u32 at = base + S_W2 + place(16 * j + (m >> 1) * 8 + r, 2 * k + (m & 1));
                load4(b, at);
                mma2(d + 2 * j, a, b);
#if SPLIT
                mma2(d + 2 * j, low, b);
                load4(b, at + MATRIX);
                mma2(d + 2 * j, a, b);
#endif
            }
        }
        // Third layer. The four lanes of a pixel have a quarter of its units each.
        float z0[3] = {0, 0, 0}, z1[3] = {0, 0, 0};
        u32 positive[2] = {0, 0}; // which units are
        #pragma unroll
        for (int n = 0; n < 16; ++n) {
            #pragma unroll
            for (int i = 0; i < 4; ++i) {
                positive[n >> 3] |= (u32)(d[n][i] > 0.0f) << (4 * (n & 7) + i);
                d[n][i] = fmaxf(d[n][i], 0.0f);
            }
            char* at = turn0 + ((n ^ (row & 7)) << 4);
            store(at, pack(d[n][0], d[n][1]), d[n][0], d[n][1]);
            store(at + below, pack(d[n][2], d[n][3]), d[n][2], d[n][3]);
            #pragma unroll
            for (int c = 0; c < 3; ++c) {
                const float2 w = *(const float2*)(w3 + UNITS * c + 8 * n + 2 * t);
                z0[c] = fmaf(d[n][0], w.x, fmaf(d[n][1], w.y, z0[c]));
                z1[c] = fmaf(d[n][2], w.x, fmaf(d[n][3], w.y, z1[c]));
            }
        }
        float e0[3], e1[3]; // gradients
        #pragma unroll
        for (int c = 0; c < 3; ++c) {
            z0[c] += __shfl_xor_sync(~0u, z0[c], 1); z1[c] += __shfl_xor_sync(~0u, z1[c], 1);
            z0[c] += __shfl_xor_sync(~0u, z0[c], 2); z1[c] += __shfl_xor_sync(~0u, z1[c], 2);
            const float y0 = sigmoid(z0[c] + b3[c]), y1 = sigmoid(z1[c] + b3[c]);
            const float off0 = in0 ? y0 - want0[c] : 0.0f, off1 = in1 ? y1 - want1[c] : 0.0f;
            if (t == 0) grad.loss += off0 * off0 + off1 * off1;
            e0[c] = off0 * y0 * (1.0f - y0) * SCALE;
            e1[c] = off1 * y1 * (1.0f - y1) * SCALE;
            if (t == 0) grad.b3[c] += e0[c] + e1[c];
        }
        if (t < 3) {
            const float v0 = t == 0 ? e0[0] : t == 1 ? e0[1] : e0[2], v1 = t == 0 ? e1[0] : t == 1 ? e1[1] : e1[2];
            store_slim(sm + S_SLIM + t * SLIM_ROW + row * 2, v0, v1);
        }
        __syncthreads();
        slim_pass(grad.third, sm, base);
        __syncthreads();
        #pragma unroll
        for (int n = 0; n < 16; ++n) { // third layer, backward
            float v[4] = {0, 0, 0, 0};
            #pragma unroll
            for (int c = 0; c < 3; ++c) {
                const float2 w = *(const float2*)(w3 + UNITS * c + 8 * n + 2 * t);
                v[0] = fmaf(e0[c], w.x, v[0]); v[1] = fmaf(e0[c], w.y, v[1]);
                v[2] = fmaf(e1[c], w.x, v[2]); v[3] = fmaf(e1[c], w.y, v[3]);
            }
            #pragma unroll
            for (int i = 0; i < 4; ++i) v[i] = positive[n >> 3] >> (4 * (n & 7) + i) & 1 ? v[i] : 0.0f;
            char* at = turn0 + ((n ^ (row & 7)) << 4);
            store(at, pack(v[0], v[1]), v[0], v[1]);
            store(at + below, pack(v[2], v[3]), v[2], v[3]);
        }
        __syncthreads();
        // The gradient of W2, and of b2 by the column of ones.
        #pragma unroll 1
        for (int k = 0; k < TILE; k += 16) {
            u32 a[4], low[4];
            turned(a, low, base, k);
            slim(grad.second, a, low, sm, k);
            #pragma unroll
            for (int j = 0; j < 8; ++j) {
                u32 b[4];
                const u32 at = base + S_H1 + place(k + (m & 1) * 8 + r, 2 * j + (m >> 1));
                load4_transposed(b, at);
                mma2(grad.w2 + 2 * j, a, b);
#if SPLIT
                mma2(grad.w2 + 2 * j, low, b);
                load4_transposed(b, at + MATRIX);
                mma2(grad.w2 + 2 * j, a, b);
#endif
            }
        }
        // Second layer, backward.
        #pragma unroll
        for (int n = 0; n < 16; ++n)
            for (int i = 0; i < 4; ++i) d[n][i] = 0;
        #pragma unroll 1
        for (int k = 0; k < 8; ++k) {
            u32 a[4], low[4];
            const u32 from = base + S_TURN + place(warp * 16 + (m & 1) * 8 + r, 2 * k + (m >> 1));
            load4(a, from);
#if SPLIT
            load4(low, from + MATRIX);
#endif
            #pragma unroll
            for (int j = 0; j < 8; ++j) {
                u32 b[4];
                const u32 at = base + S_W2 + place(16 * k + (m & 1) * 8 + r, 2 * j + (m >> 1));
                load4_transposed(b, at);
                mma2(d + 2 * j, a, b);
#if SPLIT
                mma2(d + 2 * j, low, b);
                load4_transposed(b, at + MATRIX);
                mma2(d + 2 * j, a, b);
#endif
            }
        }
        __syncthreads();
        #pragma unroll
        for (int n = 0; n < 16; ++n) {
            const int to = (n ^ (row & 7)) << 4;
            const u32 on0 = *(const u32*)(first0 + to), on1 = *(const u32*)(first0 + to + below); // what ReLU let through
            const float v0 = on0 & 0xffff ? d[n][0] : 0.0f, v1 = on0 >> 16 ? d[n][1] : 0.0f;
            const float v2 = on1 & 0xffff ? d[n][2] : 0.0f, v3 = on1 >> 16 ? d[n][3] : 0.0f;
            store(turn0 + to, pack(v0, v1), v0, v1);
            store(turn0 + to + below, pack(v2, v3), v2, v3);
        }
        __syncthreads();
        slim_pass(grad.first, sm, base);
    }
}

// Writes the block's row of partial gradients.
__device__ __forceinline__ void write(char* sm, Gradients& grad, float* partial) {
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3, unit = warp * 16 + g;
    float* out = partial + (u64)blockIdx.x * ROW;
    #pragma unroll
    for (int n = 0; n < 16; ++n) {
        *(float2*)(out + W2 + unit * UNITS + 8 * n + 2 * t) = make_float2(grad.w2[n][0], grad.w2[n][1]);
        *(float2*)(out + W2 + (unit + 8) * UNITS + 8 * n + 2 * t) = make_float2(grad.w2[n][2], grad.w2[n][3]);
    }
    #pragma unroll
    for (int i = 0; i < 4; ++i) { // columns: red, green, blue; x, y, 1
        const int column = 2 * t + (i & 1), of = unit + 8 * (i >> 1);
        if (column < 3) out[W3 + column * UNITS + of] = grad.third[i];
        else if (column < 5) out[2 * of + column - 3] = grad.first[i];
        else if (column == 5) {
            out[B1 + of] = grad.first[i];
            out[B2 + of] = grad.second[i];
        }
    }
    float* edge = (float*)(sm + S_EDGE);
    float sums[4] = {grad.b3[0], grad.b3[1], grad.b3[2], grad.loss}; // those of the lanes with t > 0 are zero
    #pragma unroll
    for (int i = 0; i < 4; ++i) {
        #pragma unroll
        for (int by = 4; by < 32; by *= 2) sums[i] += __shfl_xor_sync(~0u, sums[i], by);
        if (lane == 0) edge[warp * 4 + i] = sums[i];
    }
    __syncthreads();
    if (threadIdx.x < 4) {
        float total = 0;
        for (int w = 0; w < WARPS; ++w) total += edge[w * 4 + threadIdx.x];
        out[B3 + threadIdx.x] = total;
    }
}

// A parameter's place in torch: its tensor's number and the index in it; -1 for padding.
struct Own { int tensor, at; };
__device__ __forceinline__ Own own(int k) {
    if (k >= LOSS) return {-1, 0};
    if (k < B1) return {k >> 1 < WIDTH ? 0 : -1, k};
    if (k < W2) return {k - B1 < WIDTH ? 1 : -1, k - B1};
    if (k < B2) {
        int o = (k - W2) / UNITS, i = (k - W2) % UNITS;
        return {o < WIDTH && i < WIDTH ? 2 : -1, o * WIDTH + i};
    }
    if (k < W3) return {k - B2 < WIDTH ? 3 : -1, k - B2};
    if (k < B3) {
        int o = (k - W3) / UNITS, i = (k - W3) % UNITS;
        return {i < WIDTH ? 4 : -1, o * WIDTH + i};
    }
    return {5, k - B3};
}
__device__ __forceinline__ void publish(char* image, int k, float value) {
    if (k < W2 || k >= B2) {
        ((float*)(image + S_FLOATS))[k < W2 ? k : k - UNITS * UNITS] = value;
        return;
    }
    const int o = (k - W2) / UNITS, i = (k - W2) % UNITS;
    char* at = image + S_W2 + place(o, i >> 3) + (i & 7) * 2;
    const u32 high = pack(value, 0.0f);
    *(u16*)at = (u16)high;
#if SPLIT
    *(u16*)(at + MATRIX) = (u16)pack(value - lower(high), 0.0f);
#endif
}

// Computes a step's partial gradients, one row per block, and counts the step.
extern "C" __global__ void __launch_bounds__(THREADS, 1) grad(
    const float2* coords, const float* target, int count, const char* image, float* partial, Control* control) {
    char* sm = shared_base();
    dependents();
    for (int i = threadIdx.x; i < NB * SLIM / 4; i += THREADS) ((u32*)(sm + S_SLIM))[i] = 0; // columns 6 and 7 stay zero
    predecessors();
    count_step(control);
    for (int i = threadIdx.x; i < IMAGE / 16; i += THREADS) ((uint4*)sm)[i] = __ldcg((const uint4*)image + i);
    __syncthreads();
    Gradients sums;
    step_tiles(sm, coords, target, count, sums);
    write(sm, sums, partial);
}

// Sums the rows, always in the same order, and takes Adam's step.
extern "C" __global__ void __launch_bounds__(UPDATE_THREADS) update(const float* partial, char* image, Control* control) {
    __shared__ float parts[UPDATE_THREADS];
    constexpr int EACH = (BLOCKS + UPDATE_GROUPS - 1) / UPDATE_GROUPS, AT_ONCE = 11; // rows per group; loads in flight
    const int value = threadIdx.x % UPDATE_VALUES, group = threadIdx.x / UPDATE_VALUES;
    const int k = blockIdx.x * UPDATE_VALUES + value;
    dependents();
    predecessors();
    float total = 0;
    if (k < ROW)
        #pragma unroll
        for (int from = 0; from < EACH; from += AT_ONCE) {
            float one[AT_ONCE];
            #pragma unroll
            for (int n = 0; n < AT_ONCE; ++n) {
                const int row = (from + n) * UPDATE_GROUPS + group;
                one[n] = from + n < EACH && row < BLOCKS ? __ldcg(partial + (u64)row * ROW + k) : 0.0f;
            }
            #pragma unroll
            for (int n = 0; n < AT_ONCE; ++n) total += one[n];
        }
    parts[threadIdx.x] = total;
    __syncthreads();
    if (group != 0 || k >= ROW) return;
    const float sum = (parts[value] + parts[value + UPDATE_VALUES]) + (parts[value + 2 * UPDATE_VALUES] + parts[value + 3 * UPDATE_VALUES]);
    const Own torchs = own(k);
    if (k == LOSS) control->loss = sum * control->loss_unit;
    if (torchs.tensor < 0) return;
    float *p = control->parameters[torchs.tensor] + torchs.at, *m = control->means[torchs.tensor] + torchs.at;
    float* v = control->squares[torchs.tensor] + torchs.at;
    Owned mine = {*p, *m, *v};
    const Pace pace(*control->rate, control->beta1_power, control->beta2_power);
    adam(mine, sum * control->gradient_unit, pace, control->beta1, control->beta2, control->eps);
    publish(image, k, mine.p);
    *p = mine.p; *m = mine.m; *v = mine.v;
}

// Runs before a series of steps: reads the parameters and Adam's count, which others may have changed.
extern "C" __global__ void prepare(char* image, Control* control) {
    const int k = blockIdx.x * blockDim.x + threadIdx.x;
    const Own torchs = own(k);
    if (torchs.tensor >= 0) publish(image, k, control->parameters[torchs.tensor][torchs.at]);
    if (k == LOSS) count_from(control);
}

#define UPDATE_BLOCKS ((ROW + UPDATE_VALUES - 1) / UPDATE_VALUES)
#define PARTIAL (BLOCKS * ROW)
LAYOUT;
