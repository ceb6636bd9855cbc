// One training step of a network 2-WIDTH-WIDTH-3 (ReLU, ReLU, sigmoid; mean squared error; Adam) in two kernels, for
// Hopper. Parameters, moments and accumulators are float32; the tensor cores multiply float16.
// With SPLIT, each operand is a sum of two float16 values and takes three products, nearly as exact as float32.
//
// `grad` passes the pixels forward and back, and writes one row of partial gradients per block. `update` sums
// the rows, always in the same order, and takes Adam's step. Nothing is added atomically, so two runs agree in every bit.
// Hidden layers of fewer than 64 units are padded with units whose weights are and stay zero.
//
// A warpgroup passes 64 pixels at a time forward and backward, 16 per warp; activations stay in registers between
// layers. The products with W2 are wgmma, all the thin ones mma.sync. The gradient of W2 (and of b2, by
// a column of ones) accumulates in wgmma, those of W3, W1 and b1 in one mma.sync tile per warp, whose
// operands are transposed in registers.
// The first layer takes (x, y, 1) and its weights as sums of two, in eight products, and is nearly exact.
//
// Macros defined by the host: WIDTH 1..64, UNITS 64, SPLIT 0 or 1, and BLOCKS, the number of multiprocessors, at least 40.

#define LDSM SPLIT // transpose through shared memory: movmatrix is faster, but only while registers last
#define NWG 2      // warpgroups per block; `combine` is for two
#define THREADS (NWG * 128)

// Layout of shared memory. Up to IMAGE it equals the image of the weights in global memory.
#define S_W2 0
#define S_B2 (NB * 8192)       // rows of 64: upper parts of b2, lower parts, 14 rows of zeros
#define S_F1 (S_B2 + 2048)     // mma.sync operands by lane: first layer,
#define S_F3 (S_F1 + 1024)     // third layer,
#define S_K3 (S_F3 + NB * 1024) // third layer, backward
#define S_B3 (S_K3 + NB * 1024)
#define IMAGE (S_B3 + 64)
#define S_WG ((IMAGE + 1023) / 1024 * 1024)
#define T8 8192                  // one operand of a tile
#define G_H1 0
#define G_D2 (NB * T8)
#define BUFFER (2 * NB * T8)     // both operands of a tile; double buffered
#define WGB (2 * BUFFER)
#define S_EXT (S_WG + NWG * WGB)
#define S_TURN (S_EXT + 2048)    // per warp: two operands to transpose
#define SMEM (S_TURN + LDSM * NWG * 4 * 2 * NB * 2048 + 1024)
// A block's row of partial gradients.
#define P_B2 4096
#define P_NARROW 4160
#define P_B3 4672
#define ROW 4676
#define UPDATE_THREADS 128
#define UPDATE_BOUNDS UPDATE_THREADS, SPLIT ? 10 : 7 // it waits for all blocks of grad beside one of them
#define UPDATE_LOADS (SPLIT ? 5 : 10)

__device__ __forceinline__ void group_sync(int wg) { asm volatile("bar.sync %0, 128;" ::"r"(wg + 1) : "memory"); }

#define R32 "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31}"
#define R36 "{%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35}"
template <int TB> __device__ __forceinline__ void rs64(float (&d)[32], const u32* a, u32 b, int add) {
    asm volatile("{.reg .pred p; setp.ne.b32 p, %37, 0; " OP "m64n64k16" TYPES R32 ", {%32,%33,%34,%35}, %36, p, 1, 1, %38;}"
                 : F16(d, 0), F16(d, 16) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(ROWS_OF_128 | b), "r"(add), "n"(TB));
}
__device__ __forceinline__ void ss72(float (&d)[36], u32 a, u32 b) {
    asm volatile(OP "m64n72k16" TYPES R36 ", %36, %37, 1, 1, 1, 1, 1;" : F16(d, 0), F16(d, 16), F4(d, 32) : "l"(ROWS_OF_128 | a), "l"(ROWS_OF_128 | b));
}
__device__ __forceinline__ void ss64(float (&d)[36], u32 a, u32 b) {
    asm volatile(OP "m64n64k16" TYPES R32 ", %32, %33, 1, 1, 1, 1, 1;" : F16(d, 0), F16(d, 16) : "l"(ROWS_OF_128 | a), "l"(ROWS_OF_128 | b));
}
struct Fragments { u32 at[8]; };
__device__ __forceinline__ Fragments fragments(const char* from) {
    const uint4* lanes = (const uint4*)from + (threadIdx.x & 31);
    uint4 a = lanes[0], b = lanes[32];
    return {{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}};
}

struct Gradients { float w2[36], narrow[16], b3[2], loss; };

__device__ __forceinline__ Pixels tile_at(const float2* coords, const float* target, int count, int tile) {
    return pixels(coords, target, count, tile * 64);
}
__device__ __forceinline__ int first_tile() { return (int)(threadIdx.x / 128) * gridDim.x + blockIdx.x; }

#if LDSM
__device__ __forceinline__ void load4(u32* r, u32 at) { // four 8 x 8 matrices, transposed
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}
#endif

// Adds, over 16 pixels, the products of 64 units' values (packed accumulators, as in h) with the 8 columns of b. `turn` is
// the warp's scratch memory: 16 swizzled rows of 128 bytes.
__device__ __forceinline__ void narrow(float (&acc)[16], const u32* h, const u32* b, u32 turn) {
#if LDSM
    const int lane = threadIdx.x & 31;
    const u32 to = turn + (lane & 15) * 128 + (((lane >> 4) ^ (lane & 7)) << 4);
    const u32 from = turn + ((lane >> 4) * 8 + (lane & 7)) * 128 + (((lane >> 3 & 1) ^ (lane & 7)) << 4);
    #pragma unroll
    for (int m = 0; m < 4; ++m) {
        store4(to ^ m << 5, h + 4 * m);
#if SPLIT
        store4((to ^ m << 5) + 2048, h + 16 + 4 * m);
#endif
    }
    __syncwarp();
#endif
    #pragma unroll
    for (int m = 0; m < 4; ++m) {
#if LDSM
        u32 a[4];
        load4(a, from ^ m << 5);
#else
        u32 a[4] = {transposed(h[4 * m]), transposed(h[4 * m + 2]), transposed(h[4 * m + 1]), transposed(h[4 * m + 3])};
#endif
        mma(acc + 4 * m, a, b);
#if SPLIT
        mma(acc + 4 * m, a, b + 2);
#if LDSM
        u32 r[4];
        load4(r, (from ^ m << 5) + 2048);
#else
        u32 r[4] = {transposed(h[16 + 4 * m]), transposed(h[16 + 4 * m + 2]), transposed(h[16 + 4 * m + 1]), transposed(h[16 + 4 * m + 3])};
#endif
        mma(acc + 4 * m, r, b);
#endif
    }
}

__device__ __forceinline__ void step_tiles(char* sm, const float2* coords, const float* target, int count, Pixels next, Gradients& grad) {
    const int wg = __shfl_sync(~0u, threadIdx.x / 128, 0); // lets the compiler know that it is uniform
    const int warp = threadIdx.x / 32 % 4, lane = threadIdx.x % 32, t = lane % 4;
    const u32 base = address(sm);
    // A lane's row for stmatrix: matrices 0 and 1 are the upper and lower 8 pixels of 8 units, 2 and 3 those of the next 8.
    const u32 place = (warp * 16 + (lane & 15)) * 128 + (((lane >> 4) ^ (lane & 7)) << 4);
    const float b3a = ((const float*)(sm + S_B3))[2 * t], b3b = ((const float*)(sm + S_B3))[2 * t + 1]; // S_B3 has 16 floats
    const u32 turned = base + S_TURN + threadIdx.x / 32 * (2 * NB * 2048);
    const u32 w2 = operand(base + S_W2), bias2 = operand(base + S_B2), ext = (base + S_EXT) >> 4;
    const u32 pick = t == 0 ? 0x3210 : t == 1 ? 0x5400 : t == 2 ? 0x1076 : 0x0032, fill = t == 1 ? 0x3254 : t == 3 ? 0x5410 : 0x3210;
    const u32 place_xy = t == 1 ? 0x1076 : t == 2 ? 0x5432 : 0x7676;
    const u32 one = pack(1.0f, 0.0f), ones[4] = {t == 0 ? pack(1.0f, 1.0f) : 0, t == 0 ? pack(1.0f, 1.0f) : 0, 0, 0};
    #pragma unroll
    for (int i = 0; i < 36; ++i) grad.w2[i] = 0;
    #pragma unroll
    for (int i = 0; i < 16; ++i) grad.narrow[i] = 0;
    grad.b3[0] = grad.b3[1] = grad.loss = 0;

    const int tiles = (count + 63) / 64, all = gridDim.x * NWG;
    int turn = 0;
    for (int tile = wg * gridDim.x + blockIdx.x; tile < tiles; tile += all, turn ^= 1) {
        const u32 own = base + S_WG + wg * WGB + turn * BUFFER, mine = own + place;
        float d[32];
        u32 h1[16 * NB], h2[16 * NB], d2[16 * NB], xy[2 * NB];
        const Pixels px = next;

        { // first layer
            const Fragments f1 = fragments(sm + S_F1);
            u32 q0 = pack(px.xy0.x, px.xy0.y), q1 = pack(px.xy1.x, px.xy1.y);
            u32 r0 = rest(q0, px.xy0.x, px.xy0.y), r1 = rest(q1, px.xy1.x, px.xy1.y);
            // (x, y) (1, x') (y', x) (y, 1) in the lanes with t = 0 to 3
            u32 a0 = __byte_perm(__byte_perm(q0, r0, pick), one, fill), a1 = __byte_perm(__byte_perm(q1, r1, pick), one, fill);
            // x, y, 1 in columns 3 to 5, for the gradient
            xy[0] = transposed(__byte_perm(q0, one, place_xy)); xy[1] = transposed(__byte_perm(q1, one, place_xy));
#if SPLIT
            xy[2] = transposed(__byte_perm(r0, 0, place_xy)); xy[3] = transposed(__byte_perm(r1, 0, place_xy));
#endif
            #pragma unroll
            for (int j = 0; j < 8; ++j) {
                float e[4]; // not in d: the previous tile's product may still use its registers
                thin(e, a0, a1, f1.at[j]);
#if SPLIT
                #pragma unroll
                for (int i = 0; i < 4; ++i) e[i] = relu(e[i]);
                h1[2 * j] = pack(e[0], e[1]); h1[2 * j + 1] = pack(e[2], e[3]);
                h1[16 + 2 * j] = rest(h1[2 * j], e[0], e[1]); h1[16 + 2 * j + 1] = rest(h1[2 * j + 1], e[2], e[3]);
                if (j & 1) store4((mine ^ ((j - 1) << 4)) + G_H1 + T8, h1 + 16 + 2 * (j - 1));
#else
                h1[2 * j] = pack_relu(e[0], e[1]); h1[2 * j + 1] = pack_relu(e[2], e[3]);
#endif
                if (j & 1) store4((mine ^ ((j - 1) << 4)) + G_H1, h1 + 2 * (j - 1));
            }
        }
        hold(d);
        fence();
        rs64<1>(d, ones, bias2, 0);
        #pragma unroll
        for (int k = 0; k < 4; ++k) {
            rs64<0>(d, h1 + 4 * k, w2 + 2 * k, 1);
#if SPLIT
            rs64<0>(d, h1 + 4 * k, w2 + 512 + 2 * k, 1);
            rs64<0>(d, h1 + 16 + 4 * k, w2 + 2 * k, 1);
#endif
        }
        commit();
        next = tile_at(coords, target, count, min(tile + all, tiles - 1));
        wait<0>();
        hold(d);
        float z[4] = {b3a, b3b, b3a, b3b}, more[4] = {0, 0, 0, 0};
        {
            const Fragments f3 = fragments(sm + S_F3);
#if SPLIT
            const Fragments f3l = fragments(sm + S_F3 + 1024);
#endif
            #pragma unroll
            for (int j = 0; j < 8; ++j) {
#if SPLIT
                #pragma unroll
                for (int i = 0; i < 4; ++i) d[4 * j + i] = relu(d[4 * j + i]);
                h2[2 * j] = pack(d[4 * j], d[4 * j + 1]); h2[2 * j + 1] = pack(d[4 * j + 2], d[4 * j + 3]);
                h2[16 + 2 * j] = rest(h2[2 * j], d[4 * j], d[4 * j + 1]); h2[16 + 2 * j + 1] = rest(h2[2 * j + 1], d[4 * j + 2], d[4 * j + 3]);
#else
                h2[2 * j] = pack_relu(d[4 * j], d[4 * j + 1]); h2[2 * j + 1] = pack_relu(d[4 * j + 2], d[4 * j + 3]);
#endif
                if (j & 1) { // two independent chains
                    mma(j & 2 ? more : z, h2 + 2 * (j - 1), f3.at + j - 1);
#if SPLIT
                    mma(j & 2 ? more : z, h2 + 2 * (j - 1), f3l.at + j - 1);
                    mma(j & 2 ? more : z, h2 + 16 + 2 * (j - 1), f3.at + j - 1);
#endif
                }
            }
        }
        // Colours are in the lanes with t = 0 (red, green) and t = 1 (blue).
        u32 d3[2 * NB];
        {
            float e[4];
            #pragma unroll
            for (int i = 0; i < 4; ++i) {
                float y = sigmoid(z[i] + more[i]);
                bool counts = t == 0 || (t == 1 && (i & 1) == 0);
                float off = counts && (px.in & (i < 2 ? 1 : 2)) ? y - px.t[i] : 0.0f;
                grad.loss += off * off;
                e[i] = off * y * (1.0f - y) * SCALE;
            }
            grad.b3[0] += e[0] + e[2];
            grad.b3[1] += e[1] + e[3];
            d3[0] = pack(e[0], e[1]); d3[1] = pack(e[2], e[3]);
#if SPLIT
            d3[2] = rest(d3[0], e[0], e[1]); d3[3] = rest(d3[1], e[2], e[3]);
#endif
        }
        { // third layer, backward
            const Fragments k3 = fragments(sm + S_K3);
#if SPLIT
            const Fragments k3l = fragments(sm + S_K3 + 1024);
#endif
            #pragma unroll
            for (int j = 0; j < 8; ++j) {
                float e[4];
                thin(e, d3[0], d3[1], k3.at[j]);
#if SPLIT
                thin_more(e, d3[0], d3[1], k3l.at[j]);
                thin_more(e, d3[2], d3[3], k3.at[j]);
#endif
                u32 m0 = positive(h2[2 * j]), m1 = positive(h2[2 * j + 1]), q0 = pack(e[0], e[1]), q1 = pack(e[2], e[3]);
                d2[2 * j] = q0 & m0; d2[2 * j + 1] = q1 & m1;
#if SPLIT
                d2[16 + 2 * j] = rest(q0, e[0], e[1]) & m0; d2[16 + 2 * j + 1] = rest(q1, e[2], e[3]) & m1;
                if (j & 1) store4((mine ^ ((j - 1) << 4)) + G_D2 + T8, d2 + 16 + 2 * (j - 1));
#endif
                if (j & 1) store4((mine ^ ((j - 1) << 4)) + G_D2, d2 + 2 * (j - 1));
            }
        }
        to_tensor_cores();
        group_sync(wg); // also: all products of the previous tile are done, and its operands may be overwritten
        hold(d);
        fence();
        #pragma unroll
        for (int k = 0; k < 4; ++k) {
            rs64<1>(d, d2 + 4 * k, w2 + 128 * k, k > 0);
#if SPLIT
            rs64<1>(d, d2 + 4 * k, w2 + 512 + 128 * k, 1);
            rs64<1>(d, d2 + 16 + 4 * k, w2 + 128 * k, 1);
#endif
        }
        commit();
        #pragma unroll
        for (int k = 0; k < 4; ++k) {
            // 64 columns of h1, and 8 more from (ext - at) on
            u32 a = (own >> 4 | 1 << 16) + G_D2 / 16 + 128 * k, at = (own + G_H1) / 16 + 128 * k, b = at | (ext + 0 - at) << 16;
            ss72(grad.w2, a, b);
#if SPLIT
            ss72(grad.w2, a + T8 / 16, b);
            ss64(grad.w2, a, (at + T8 / 16) | 1 << 16);
#endif
        }
        commit();
        { // meanwhile, the third layer's gradient
            u32 b[2 * NB] = {transposed(d3[0]), transposed(d3[1])};
#if SPLIT
            b[2] = transposed(d3[2]); b[3] = transposed(d3[3]);
#endif
            narrow(grad.narrow, h2, b, turned);
        }
        wait<1>();
        hold(d);
        #pragma unroll
        for (int j = 0; j < 8; ++j) {
            u32 m0 = positive(h1[2 * j]), m1 = positive(h1[2 * j + 1]);
            u32 q0 = pack(d[4 * j], d[4 * j + 1]), q1 = pack(d[4 * j + 2], d[4 * j + 3]);
            h2[2 * j] = q0 & m0; h2[2 * j + 1] = q1 & m1;
#if SPLIT
            h2[16 + 2 * j] = rest(q0, d[4 * j], d[4 * j + 1]) & m0;
            h2[16 + 2 * j + 1] = rest(q1, d[4 * j + 2], d[4 * j + 3]) & m1;
#endif
        }
        narrow(grad.narrow, h2, xy, turned + NB * 2048);
    }
    wait<0>();
    hold(grad.w2);
    // The first warpgroup may have had a tile more. Tools that look for races need equal numbers of barriers.
    if (wg == 1 && (tiles + all - 1 - (int)blockIdx.x) % all < BLOCKS) group_sync(wg);
}

// Adds the warpgroups' gradients, in order, and writes the row in register order.
__device__ __forceinline__ void combine(char* sm, Gradients& grad, float* partial) {
    float4* fours = (float4*)partial;
    const int row = blockIdx.x;
    const int wg = threadIdx.x / 128, thread = threadIdx.x % 128, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    float4* wide = (float4*)(sm + S_WG);                           // [warpgroup][4][thread]
    float* slim = (float*)(sm + S_WG + NWG * 8192);                // [warp][16][lane]
    float2* bias = (float2*)(slim + NWG * 4 * 512);                // [warpgroup][32]
    float* edge = (float*)(bias + NWG * 32);                       // [warp][4]: r g b loss
    float own[16]; // half of the values, which this warpgroup sums; the other sums the rest
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < 16; ++i) own[i] = wg == 0 ? grad.w2[i] : grad.w2[16 + i];
    #pragma unroll
    for (int i = 0; i < 16; i += 4) {
        const float* low = grad.w2 + i;
        const float* high = low + 16;
        wide[(wg * 4 + i / 4) * 128 + thread] = make_float4(
            wg == 0 ? high[0] : low[0], wg == 0 ? high[1] : low[1], wg == 0 ? high[2] : low[2], wg == 0 ? high[3] : low[3]);
    }
    #pragma unroll
    for (int i = 0; i < 16; ++i) slim[(warp * 16 + i) * 32 + lane] = grad.narrow[i];
    if (lane % 4 == 0) bias[wg * 32 + thread / 4] = make_float2(grad.w2[32], grad.w2[34]);
    float a = grad.b3[0], b = grad.b3[1], c = grad.loss;
    #pragma unroll
    for (int by = 4; by < 32; by *= 2) {
        a += __shfl_xor_sync(~0u, a, by); b += __shfl_xor_sync(~0u, b, by); c += __shfl_xor_sync(~0u, c, by);
    }
    c += __shfl_xor_sync(~0u, c, 1);
    if (lane == 0) { edge[warp * 4] = a; edge[warp * 4 + 1] = b; edge[warp * 4 + 3] = c; }
    if (lane == 1) edge[warp * 4 + 2] = a;
    __syncthreads();
    #pragma unroll
    for (int i = 0; i < 4; ++i) {
        const float4 o = wide[((1 - wg) * 4 + i) * 128 + thread];
        const float* mine = own + 4 * i;
        fours[PLACE((wg * 4 + i) * 128 + thread, row)] = make_float4(mine[0] + o.x, mine[1] + o.y, mine[2] + o.z, mine[3] + o.w);
    }
    for (int i = threadIdx.x; i < 512; i += THREADS) {
        float total = slim[i];
        #pragma unroll
        for (int w = 1; w < NWG * 4; ++w) total += slim[w * 512 + i];
        partial[4 * PLACE((P_NARROW + i) / 4, row) + i % 4] = total;
    }
    if (threadIdx.x < 32) {
        float2 total = bias[threadIdx.x];
        #pragma unroll
        for (int w = 1; w < NWG; ++w) { float2 o = bias[w * 32 + threadIdx.x]; total.x += o.x; total.y += o.y; }
        ((float2*)(fours + PLACE(P_B2 / 4 + threadIdx.x / 2, row)))[threadIdx.x % 2] = total;
    } else if (threadIdx.x < 36) {
        float total = 0;
        for (int w = 0; w < NWG * 4; ++w) total += edge[w * 4 + threadIdx.x - 32];
        partial[4 * PLACE(P_B3 / 4, row) + threadIdx.x - 32] = total;
    }
}

// The parameter to which value e of a row belongs; LOSS for the loss, -1 for none.
__device__ __forceinline__ int parameter(int e) {
    if (e < P_B2) {
        int thread = e >> 2 & 127, g = thread >> 2 & 7, t = thread & 3, c = e & 3;
        return W2 + (16 * (thread >> 5) + g + 8 * (c >> 1)) * 64 + 8 * (e >> 9) + 2 * t + (c & 1);
    }
    if (e < P_NARROW) { int q = e - P_B2; return B2 + 16 * (q >> 4) + (q >> 1 & 7) + 8 * (q & 1); }
    if (e < P_B3) {
        int q = e - P_NARROW, r = q >> 5, g = q >> 2 & 7, t = q & 3, unit = 16 * (r >> 2) + g + 8 * (r >> 1 & 1), n = 2 * t + (r & 1);
        return n < 3 ? W3 + 64 * n + unit : n == 3 ? 2 * unit : n == 4 ? 2 * unit + 1 : n == 5 ? B1 + unit : -1;
    }
    return e < ROW ? B3 + e - P_B3 : -1;
}


__device__ __forceinline__ Places places(int k) {
    Places at = {{-1, -1}, {-1, -1}, -1};
    if (k < 0 || k >= LOSS) {}
    else if (k < B1) {
        int j = k >> 4, lane = (k >> 1 & 7) * 4, y = k & 1;
        at.high[0] = fragment(S_F1, j, lane, y);
        at.high[1] = fragment(S_F1, j, lane + 1 + y, 1 - y);
        at.low[0] = fragment(S_F1, j, lane + 2 + y, 1 - y);
    } else if (k < W2) {
        int j = (k - B1) >> 3, lane = (k - B1 & 7) * 4;
        at.high[0] = fragment(S_F1, j, lane + 1, 0);
        at.low[0] = fragment(S_F1, j, lane + 3, 1);
    } else if (k < B2) {
        int o = (k - W2) >> 6, i = (k - W2) & 63;
        at.high[0] = S_W2 + o * 128 + (((i >> 3) ^ (o & 7)) << 4) + (i & 7) * 2;
        if (SPLIT) at.low[0] = at.high[0] + 8192;
    } else if (k < W3) {
        int i = k - B2;
        at.high[0] = S_B2 + i * 2;
        at.low[0] = S_B2 + 128 + (((i >> 3) ^ 1) << 4) + (i & 7) * 2;
    } else if (k < B3) {
        int o = (k - W3) >> 6, i = (k - W3) & 63;
        at.high[0] = fragment(S_F3, i >> 3, o * 4 + (i >> 1 & 3), i & 1);
        at.high[1] = fragment(S_K3, i >> 3, (i & 7) * 4 + (o >> 1), o & 1);
        if (SPLIT) { at.low[0] = at.high[0] + 1024; at.low[1] = at.high[1] + 1024; }
    } else at.whole = S_B3 + 4 * (k - B3);
    return at;
}
__device__ __forceinline__ void setup(char* sm) { // a column of ones next to the first layer's tile
    for (int i = threadIdx.x; i < 512; i += THREADS) {
        int px = i / 32, byte = i % 32 * 4;
        *(u32*)(sm + S_EXT + i * 4) = byte == ((px & 7) << 4) ? pack(1.0f, 0.0f) : 0;
    }
}

// Computes a step's partial gradients, one row per block, and counts the step.
extern "C" __global__ void __launch_bounds__(THREADS, 1) grad(
    const float2* coords, const float* target, int count, const char* image, float* partial, Control* control) {
    char* sm = shared_base();
    setup(sm);
    Pixels first = tile_at(coords, target, count, first_tile());
    dependents();
    predecessors();
    count_step(control);
    load_image<IMAGE, THREADS>(sm, image);
    Gradients sums;
    step_tiles(sm, coords, target, count, first, sums);
    combine(sm, sums, partial);
}
