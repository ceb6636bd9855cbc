// One training step of a network 2-WIDTH-WIDTH-3 with 65 to 128 hidden units in two kernels, as `step.cu` does for up to
// 64, and with the same precision.
//
// A block has three warpgroups. Two pass 64 pixels at a time forward and backward, 16 per warp. They keep a layer's
// values in registers for the next layer and store them for the third warpgroup. It sums the products that make up the
// gradients of the weights: those of W2 fill its registers. The three are out of step, so one's arithmetic takes place
// while another's products occupy the tensor cores.
//
// All products of hidden units are wgmma; those of the first layer and with the three colours are mma.sync. Where
// step.cu takes three products of two parts each for colours and coordinates, here the lower parts have columns of their
// own in the same product.
//
// Macros defined by the host: WIDTH 65..UNITS, UNITS 96 or 128, SPLIT 0 or 1, and BLOCKS, the number of multiprocessors.

#define PASSING 2 // warpgroups that pass pixels
#define THREADS ((PASSING + 1) * 128)
#define UPDATE_THREADS 512
#define UPDATE_BOUNDS UPDATE_THREADS
#define UPDATE_LOADS 10
#define TILES (UNITS / 8) // accumulator tiles of eight units
#define LOW (UNITS / 4)   // the lower parts' place among packed values
#define PANELS 2          // a matrix's columns are in panels of 64, with swizzled rows of 128 bytes

// Layout of shared memory. Up to IMAGE it equals the image of the weights in global memory.
#define PANEL (UNITS * 128)
#define MATRIX (PANELS * PANEL)
#define S_W2 0
#define S_B2 (NB * MATRIX) // panels of 16 rows: upper parts of b2, lower parts, zeros
#define S_F1 (S_B2 + PANELS * 2048) // mma.sync operands by lane: first layer,
#define S_F3 (S_F1 + UNITS * 16) // third layer, with the lower parts in columns 4 to 6,
#define S_K3 (S_F3 + UNITS * 16) // third layer, backward
#define S_B3 (S_K3 + NB * UNITS * 16)
#define IMAGE (S_B3 + 64)
#define S_PASSED ((IMAGE + 1023) / 1024 * 1024)
// What a warpgroup stores of its pixels: outputs of the first layer, twice if there is room; one matrix or three, in turn
// the second layer's outputs, its gradients and those of the first; the colours' gradients; and the coordinates, twice.
#define HALF 8192 // a panel of 64 pixels
#define VALUES (NB * PANELS * HALF)
#define FIRSTS (SPLIT ? 1 : 2)
#define SLOTS (SPLIT ? 1 : 3)
#define G_SLOT (FIRSTS * VALUES)
#define G_COLORS (G_SLOT + SLOTS * VALUES) // eight rows by pixel: red, green, blue, 0, and their lower parts
#define G_XY (G_COLORS + 1024)             // x, y, 1, 0, and the lower parts
#define PASSED (G_XY + 2048)
#define S_ONES (S_PASSED + PASSING * PASSED) // eight rows by pixel: ones in that which the colours leave
#define S_EDGE (S_ONES + 1024)
#define SMEM (S_EDGE + PASSING * 4 * 16 + 1024)
// A block's row of partial gradients: W2 in register order, eight values per unit, b3 and the loss.
#define P_UNITS (UNITS * UNITS)
#define P_B3 (P_UNITS + 8 * UNITS)
#define ROW (P_B3 + 4)

#define R48 "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47"
#if UNITS == 128
#define SHAPE "m64n128k16" TYPES "{" R48 ",%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}, "
#define ALL(d) F16(d, 0), F16(d, 16), F16(d, 32), F16(d, 48)
#define RS_INPUTS "{%64,%65,%66,%67}, %68, p, 1, 1, %70;"
#define RS_ADD "%69"
#define SS_INPUTS "%64, %65, 1, 1, 1, 1, 1;"
#else
#define SHAPE "m64n96k16" TYPES "{" R48 "}, "
#define ALL(d) F16(d, 0), F16(d, 16), F16(d, 32)
#define RS_INPUTS "{%48,%49,%50,%51}, %52, p, 1, 1, %54;"
#define RS_ADD "%53"
#define SS_INPUTS "%48, %49, 1, 1, 1, 1, 1;"
#endif
template <int TB> __device__ __forceinline__ void rs(float (&d)[4 * TILES], const u32* a, u32 b, int add) {
    asm volatile("{.reg .pred p; setp.ne.b32 p, " RS_ADD ", 0; " OP SHAPE RS_INPUTS "}"
                 : ALL(d) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(ROWS_OF_128 | b), "r"(add), "n"(TB));
}
__device__ __forceinline__ void ss(float (&d)[4 * TILES], u32 a, u32 b) { // both transposed
    asm volatile(OP SHAPE SS_INPUTS : ALL(d) : "l"(ROWS_OF_128 | a), "l"(ROWS_OF_128 | b));
}
__device__ __forceinline__ void ss8(float (&d)[4], u32 a, u32 b) { // a is transposed
    asm volatile(OP "m64n8k16" TYPES "{%0,%1,%2,%3}, %4, %5, 1, 1, 1, 1, 0;" : F4(d, 0) : "l"(ROWS_OF_128 | a), "l"(ROWS_OF_128 | b));
}
// Loads four 8 x 8 matrices from shared memory. Each lane gives a row's address.
__device__ __forceinline__ void load4(u32* r, u32 at) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at) : "memory");
}

__device__ __forceinline__ void store_u32(u32 at, u32 value) { asm volatile("st.shared.u32 [%0], %1;" ::"r"(at), "r"(value) : "memory"); }

// Hands a slot's matrix from a passing warpgroup to the summing one and, when it is summed, the slot back. Matrices take
// the slots in turn; slot and parity follow from the matrix's number within a tile.
__device__ __forceinline__ int full(int wg, int matrix) { return 1 + (2 * wg) * SLOTS + matrix % SLOTS; }
__device__ __forceinline__ int empty(int wg, int matrix) { return full(wg, matrix) + SLOTS; }
__device__ __forceinline__ void arrive(int barrier) { asm volatile("bar.arrive %0, 256;" ::"r"(barrier) : "memory"); }
__device__ __forceinline__ void await(int barrier) { asm volatile("bar.sync %0, 256;" ::"r"(barrier) : "memory"); }

// Columns 4 * four to 4 * four + 3 of the lane's mma.sync operands, each for eight units.
struct Four { u32 at[4]; };
__device__ __forceinline__ Four operands(const char* from, int four, int lane) {
    const uint4 f = ((const uint4*)from)[four * 32 + lane];
    return {{f.x, f.y, f.z, f.w}};
}
// Packs what ReLU lets through of a tile.
__device__ __forceinline__ void pack_positive(u32* h, const float* v) {
    h[0] = pack_relu(v[0], v[1]);
    h[1] = pack_relu(v[2], v[3]);
#if SPLIT
    h[LOW] = rest(h[0], relu(v[0]), relu(v[1]));
    h[LOW + 1] = rest(h[1], relu(v[2]), relu(v[3]));
#endif
}
// Packs a tile where `on` is positive, which may be the same memory.
__device__ __forceinline__ void pack_where(u32* h, const u32* on, const float* v) {
    const u32 m0 = positive(on[0]), m1 = positive(on[1]), q0 = pack(v[0], v[1]), q1 = pack(v[2], v[3]);
    h[0] = q0 & m0;
    h[1] = q1 & m1;
#if SPLIT
    h[LOW] = rest(q0, v[0], v[1]) & m0;
    h[LOW + 1] = rest(q1, v[2], v[3]) & m1;
#endif
}
// The place of 16 units from 16 * m on in a matrix of 64 pixels, given that of the first.
__device__ __forceinline__ u32 sixteen(u32 at, int m) { return (at ^ (m % 4) << 5) + m / 4 * HALF; }
__device__ __forceinline__ void store(u32 at, int m, const u32* h) {
    store4(sixteen(at, m), h + 4 * m);
#if SPLIT
    store4(sixteen(at, m) + PANELS * HALF, h + LOW + 4 * m);
#endif
}

// Takes registers from the other warpgroups' share, or gives some to it.
template <int N, int MORE> __device__ __forceinline__ void registers() {
    if (MORE) asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(N));
    else asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(N));
}

struct Sums { float b3[2], loss; }; // of a lane's colours

// Passes every other of the block's tiles forward and backward.
__device__ __forceinline__ void pass(char* sm, int wg, const float2* coords, const float* target, int count, Pixels next, Sums& sums) {
    const int warp = threadIdx.x / 32 % 4, lane = threadIdx.x % 32, t = lane % 4;
    const u32 base = address(sm), own = base + S_PASSED + wg * PASSED;
    // A lane's row for stmatrix: matrices 0 and 1 are the upper and lower 8 pixels of 8 units, 2 and 3 those of the next 8.
    const u32 place = (warp * 16 + (lane & 15)) * 128 + (((lane >> 4) ^ (lane & 7)) << 4);
    const u32 thin_place = (lane >> 2) * 128 + ((2 * warp ^ lane >> 2) << 4) + 4 * t; // in eight rows by pixel
    const u32 w2 = operand(base + S_W2), w2_turned = (base + S_W2) >> 4 | PANEL / 16 << 16, bias2 = (base + S_B2) >> 4 | 2048 / 16 << 16;
    const u32 pick = t == 0 ? 0x3210 : t == 1 ? 0x5400 : t == 2 ? 0x1076 : 0x0032, fill = t == 1 ? 0x3254 : t == 3 ? 0x5410 : 0x3210;
    const u32 one = pack(1.0f, 0.0f), ones[4] = {t == 0 ? pack(1.0f, 1.0f) : 0, t == 0 ? pack(1.0f, 1.0f) : 0, 0, 0};
    sums.b3[0] = sums.b3[1] = sums.loss = 0;

    const int tiles = (count + 63) / 64, all = gridDim.x * PASSING;
    int turn = 0;
    for (int tile = wg * gridDim.x + blockIdx.x; tile < tiles; tile += all, ++turn) {
        const u32 first = own + (turn % FIRSTS) * VALUES + place, xy = own + G_XY + (turn & 1) * 1024 + thin_place;
        const bool again = turn > 0;
        const Pixels px = next;
        float d[4 * TILES];
        u32 h[NB * LOW]; // the operand of the next product

        { // first layer
            const u32 q0 = pack(px.xy0.x, px.xy0.y), q1 = pack(px.xy1.x, px.xy1.y);
            const u32 r0 = rest(q0, px.xy0.x, px.xy0.y), r1 = rest(q1, px.xy1.x, px.xy1.y);
            // (x, y) (1, x') (y', x) (y, 1) in the lanes with t = 0 to 3
            const u32 a0 = __byte_perm(__byte_perm(q0, r0, pick), one, fill), a1 = __byte_perm(__byte_perm(q1, r1, pick), one, fill);
            store_u32(xy, transposed(t == 0 ? q0 : t == 1 ? one : SPLIT && t == 2 ? r0 : 0));
            store_u32(xy ^ 16, transposed(t == 0 ? q1 : t == 1 ? one : SPLIT && t == 2 ? r1 : 0));
            #pragma unroll
            for (int four = 0; four < TILES / 4; ++four) {
                const Four f1 = operands(sm + S_F1, four, lane);
                #pragma unroll
                for (int i = 0; i < 4; ++i) {
                    float v[4];
                    thin(v, a0, a1, f1.at[i]);
                    pack_positive(h + 8 * four + 2 * i, v);
                    if (i & 1) store(first, 2 * four + i / 2, h);
                }
            }
        }
        hold(d);
        fence();
        rs<1>(d, ones, bias2, 0);
        #pragma unroll
        for (int k = 0; k < UNITS / 16; ++k) {
            const u32 b = w2 + k / 4 * (PANEL / 16) + k % 4 * 2;
            rs<0>(d, h + 4 * k, b, 1);
#if SPLIT
            rs<0>(d, h + 4 * k, b + MATRIX / 16, 1);
            rs<0>(d, h + LOW + 4 * k, b, 1);
#endif
        }
        commit();
        wait<0>();
        hold(d);
        if (again) await(empty(wg, 0));
        const float2 b3 = ((const float2*)(sm + S_B3))[t]; // S_B3 has 16 floats
        float z[4] = {b3.x, b3.y, b3.x, b3.y}, more[4] = {0, 0, 0, 0}; // two independent chains
        #pragma unroll
        for (int four = 0; four < TILES / 4; ++four) {
            const Four f3 = operands(sm + S_F3, four, lane);
            #pragma unroll
            for (int i = 0; i < 4; ++i) {
                const int j = 4 * four + i;
                pack_positive(h + 2 * j, d + 4 * j);
                if (i & 1) {
                    store(own + G_SLOT + place, j / 2, h);
                    mma(i & 2 ? more : z, h + 2 * (j - 1), f3.at + i - 1);
#if SPLIT
                    mma(i & 2 ? more : z, h + LOW + 2 * (j - 1), f3.at + i - 1);
#endif
                }
            }
        }
        // Red and green are in the lanes with t = 0, blue in those with t = 1. Those with t = 2 and 3 have what the lower
        // parts of W3 add, and then the lower parts of the gradients.
        u32 d3[2];
        {
            float e[4];
            #pragma unroll
            for (int i = 0; i < 4; ++i) {
                z[i] += more[i];
#if SPLIT
                z[i] += __shfl_xor_sync(~0u, z[i], 2);
#endif
                const float y = sigmoid(z[i]);
                const bool counts = (t & i & 1) == 0 && px.in & (i < 2 ? 1 : 2);
                const float off = counts ? y - px.t[i] : 0.0f;
                sums.loss += off * off;
                e[i] = off * y * (1.0f - y) * SCALE;
            }
            sums.b3[0] += e[0] + e[2];
            sums.b3[1] += e[1] + e[3];
            d3[0] = pack(e[0], e[1]);
            d3[1] = pack(e[2], e[3]);
            if (t >= 2) {
                d3[0] = SPLIT ? rest(d3[0], e[0], e[1]) : 0;
                d3[1] = SPLIT ? rest(d3[1], e[2], e[3]) : 0;
            }
            const u32 colors = own + G_COLORS + thin_place;
            store_u32(colors, transposed(d3[0]));
            store_u32(colors ^ 16, transposed(d3[1]));
        }
        to_tensor_cores();
        arrive(full(wg, 0));
        #pragma unroll
        for (int four = 0; four < TILES / 4; ++four) { // third layer, backward
            const Four k3 = operands(sm + S_K3, four, lane & ~2); // the same for the gradients' lower parts
#if SPLIT
            const Four k3l = operands(sm + S_K3 + UNITS * 16, four, lane & ~2);
#endif
            #pragma unroll
            for (int i = 0; i < 4; ++i) {
                float v[4];
                thin(v, d3[0], d3[1], k3.at[i]);
#if SPLIT
                thin_more(v, d3[0], d3[1], k3l.at[i]);
#endif
                pack_where(h + 8 * four + 2 * i, h + 8 * four + 2 * i, v);
            }
        }
        if (SPLIT || again) await(empty(wg, 1));
        #pragma unroll
        for (int m = 0; m < UNITS / 16; ++m) store(own + G_SLOT + 1 % SLOTS * VALUES + place, m, h);
        to_tensor_cores();
        arrive(full(wg, 1));
        hold(d);
        fence();
        #pragma unroll
        for (int k = 0; k < UNITS / 16; ++k) {
            rs<1>(d, h + 4 * k, w2_turned + 128 * k, k > 0);
#if SPLIT
            rs<1>(d, h + 4 * k, w2_turned + MATRIX / 16 + 128 * k, 1);
            rs<1>(d, h + LOW + 4 * k, w2_turned + 128 * k, 1);
#endif
        }
        commit();
        wait<0>();
        hold(d);
        next = pixels(coords, target, count, min(tile + all, tiles - 1) * 64);
        if (SPLIT || again) await(empty(wg, 2));
        __syncwarp(); // a lane reads what others of its warp stored
        #pragma unroll
        for (int m = 0; m < UNITS / 16; ++m) {
            u32 on[4];
            load4(on, sixteen(first, m));
            pack_where(h + 4 * m, on, d + 8 * m);
            pack_where(h + 4 * m + 2, on + 2, d + 8 * m + 4);
            store(own + G_SLOT + 2 % SLOTS * VALUES + place, m, h);
        }
        to_tensor_cores();
        arrive(full(wg, 2));
    }
    if (turn > 0)
        for (int matrix = 0; matrix < SLOTS; ++matrix) await(empty(wg, matrix));
}

// The gradients' sums for 64 units: of W2, in eight columns of W3 and b2 (the fourth), and in eight of W1 and b1.
struct Gradients { float w2[4 * TILES], outer[4], first[4]; };
// Adds the products of a matrix's units and eight rows by pixel, both given as operands.
__device__ __forceinline__ void add_thin(float (&d)[4], u32 units, u32 rows) {
    #pragma unroll
    for (int k = 0; k < 4; ++k) {
        ss8(d, units + 128 * k, rows + 2 * k);
#if SPLIT
        ss8(d, units + VALUES / NB / 16 + 128 * k, rows + 2 * k);
#endif
    }
}

// Sums the gradients of all the block's tiles.
__device__ __forceinline__ void sum(char* sm, int count, Gradients (&grad)[PANELS]) {
    const u32 base = __shfl_sync(~0u, operand(address(sm)), 0); // uniform
    #pragma unroll
    for (int p = 0; p < PANELS; ++p) {
        #pragma unroll
        for (int i = 0; i < 4 * TILES; ++i) grad[p].w2[i] = 0;
        #pragma unroll
        for (int i = 0; i < 4; ++i) grad[p].outer[i] = grad[p].first[i] = 0;
    }
    const int tiles = (count + 63) / 64;
    int turn = 0;
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x, ++turn) {
        const int wg = turn % PASSING;
        const u32 own = base + (S_PASSED + wg * PASSED) / 16, slots = own + G_SLOT / 16, xy = own + (G_XY + (turn / PASSING & 1) * 1024) / 16;
        const u32 first = own + (turn / PASSING % FIRSTS) * (VALUES / 16) + (HALF / 16 - 1 << 16); // with its panels' distance
        await(full(wg, 0));
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) hold(grad[p].outer);
        fence();
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) add_thin(grad[p].outer, slots + p * (HALF / 16), own + G_COLORS / 16);
        commit();
        wait<0>();
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) hold(grad[p].outer);
        arrive(empty(wg, 0));

        await(full(wg, 1));
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) { hold(grad[p].w2); hold(grad[p].outer); }
        fence();
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) {
            const u32 units = slots + 1 % SLOTS * (VALUES / 16) + p * (HALF / 16);
            #pragma unroll
            for (int k = 0; k < 4; ++k) {
                ss(grad[p].w2, units + 128 * k, first + 128 * k);
#if SPLIT
                ss(grad[p].w2, units + VALUES / NB / 16 + 128 * k, first + 128 * k);
                ss(grad[p].w2, units + 128 * k, first + VALUES / NB / 16 + 128 * k);
#endif
            }
            add_thin(grad[p].outer, units, base + S_ONES / 16);
        }
        commit();
        wait<0>();
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) { hold(grad[p].w2); hold(grad[p].outer); }
        arrive(empty(wg, 1));

        await(full(wg, 2));
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) hold(grad[p].first);
        fence();
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) add_thin(grad[p].first, slots + 2 % SLOTS * (VALUES / 16) + p * (HALF / 16), xy);
        commit();
        wait<0>();
        #pragma unroll
        for (int p = 0; p < PANELS; ++p) hold(grad[p].first);
        arrive(empty(wg, 2));
    }
}

// Writes the units' part of the block's row.
__device__ __forceinline__ void write(const Gradients (&grad)[PANELS], float* partial) {
    float4* fours = (float4*)partial;
    const int row = blockIdx.x, thread = threadIdx.x % 128, lane = thread % 32, g = lane / 4, t = lane % 4;
    #pragma unroll
    for (int p = 0; p < PANELS; ++p) {
        const int threads = min(64, UNITS - 64 * p) * 2; // those with units
        float outer[4], first[4];
        #pragma unroll
        for (int i = 0; i < 4; ++i) { // with the products of lower parts
            outer[i] = grad[p].outer[i] + __shfl_xor_sync(~0u, grad[p].outer[i], 2);
            first[i] = grad[p].first[i] + __shfl_xor_sync(~0u, grad[p].first[i], 2);
        }
        if (thread >= threads) continue;
        #pragma unroll
        for (int n = 0; n < TILES; ++n)
            fours[PLACE(p * TILES * 128 + n * threads + thread, row)] = make_float4(grad[p].w2[4 * n], grad[p].w2[4 * n + 1], grad[p].w2[4 * n + 2], grad[p].w2[4 * n + 3]);
        if (t >= 2) continue;
        #pragma unroll
        for (int half = 0; half < 2; ++half) { // red, green, blue, b2; x, y, b1, nothing
            const int unit = 64 * p + thread / 32 * 16 + g + 8 * half, four = P_UNITS / 4 + 2 * unit;
            ((float2*)(fours + PLACE(four, row)))[t] = make_float2(outer[2 * half], outer[2 * half + 1]);
            ((float2*)(fours + PLACE(four + 1, row)))[t] = make_float2(first[2 * half], first[2 * half + 1]);
        }
    }
}

// The parameter to which value e of a row belongs; LOSS for the loss, -1 for none.
__device__ __forceinline__ int parameter(int e) {
    if (e < P_UNITS) {
        const int p = e < 64 * UNITS ? 0 : 1, threads = p ? 2 * UNITS - 128 : 128, four = (e - p * 64 * UNITS) >> 2, c = e & 3;
        const int thread = four % threads, g = thread >> 2 & 7, t = thread & 3;
        return W2 + (64 * p + 16 * (thread >> 5) + g + 8 * (c >> 1)) * UNITS + four / threads * 8 + 2 * t + (c & 1);
    }
    if (e < P_B3) {
        const int unit = (e - P_UNITS) >> 3, which = e & 7;
        return which < 3 ? W3 + UNITS * which + unit : which == 3 ? B2 + unit : which < 6 ? 2 * unit + which - 4 : which == 6 ? B1 + unit : -1;
    }
    return e < ROW ? B3 + e - P_B3 : -1;
}

__device__ __forceinline__ Places places(int k) {
    Places at = {{-1, -1}, {-1, -1}, -1};
    if (k < 0 || k >= LOSS) {}
    else if (k < B1) {
        const int j = k >> 4, lane = (k >> 1 & 7) * 4, y = k & 1;
        at.high[0] = fragment(S_F1, j, lane, y);
        at.high[1] = fragment(S_F1, j, lane + 1 + y, 1 - y);
        at.low[0] = fragment(S_F1, j, lane + 2 + y, 1 - y);
    } else if (k < W2) {
        const int j = (k - B1) >> 3, lane = (k - B1 & 7) * 4;
        at.high[0] = fragment(S_F1, j, lane + 1, 0);
        at.low[0] = fragment(S_F1, j, lane + 3, 1);
    } else if (k < B2) {
        const int o = (k - W2) / UNITS, i = (k - W2) % UNITS;
        at.high[0] = S_W2 + (i >> 6) * PANEL + o * 128 + (((i >> 3 & 7) ^ (o & 7)) << 4) + (i & 7) * 2;
        if (SPLIT) at.low[0] = at.high[0] + MATRIX;
    } else if (k < W3) {
        const int i = k - B2, panel = S_B2 + (i >> 6) * 2048;
        at.high[0] = panel + (i & 63) * 2;
        at.low[0] = panel + 128 + (((i >> 3 & 7) ^ 1) << 4) + (i & 7) * 2;
    } else if (k < B3) {
        const int o = (k - W3) / UNITS, i = (k - W3) % UNITS;
        at.high[0] = fragment(S_F3, i >> 3, o * 4 + (i >> 1 & 3), i & 1);
        at.high[1] = fragment(S_K3, i >> 3, (i & 7) * 4 + (o >> 1), o & 1);
        if (SPLIT) {
            at.low[0] = fragment(S_F3, i >> 3, (o + 4) * 4 + (i >> 1 & 3), i & 1);
            at.low[1] = at.high[1] + UNITS * 16;
        }
    } else at.whole = S_B3 + 4 * (k - B3);
    return at;
}

// Computes a step's partial gradients, one row per block, and counts the step.
extern "C" __global__ void __launch_bounds__(THREADS, 1) grad(
    const float2* coords, const float* target, int count, const char* image, float* partial, Control* control) {
    char* sm = shared_base();
    const int wg = __shfl_sync(~0u, threadIdx.x / 128, 0); // lets the compiler know that it is uniform
    const Pixels first = pixels(coords, target, count, (wg * gridDim.x + blockIdx.x) * 64);
    if (threadIdx.x < 256) ((u32*)(sm + S_ONES))[threadIdx.x] = threadIdx.x / 32 == 3 ? pack(1.0f, 1.0f) : 0;
    dependents();
    predecessors();
    count_step(control);
    load_image<IMAGE, THREADS>(sm, image);
    float* edge = (float*)(sm + S_EDGE); // [warp][4]: red, green, blue, loss
    if (wg == PASSING) {
        registers<184, 1>();
        Gradients grad[PANELS];
        sum(sm, count, grad);
        write(grad, partial);
    } else {
        registers<160, 0>();
        Sums sums;
        pass(sm, wg, coords, target, count, first, sums);
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
        #pragma unroll
        for (int by = 4; by < 32; by *= 2) {
            sums.b3[0] += __shfl_xor_sync(~0u, sums.b3[0], by);
            sums.b3[1] += __shfl_xor_sync(~0u, sums.b3[1], by);
            sums.loss += __shfl_xor_sync(~0u, sums.loss, by);
        }
        sums.loss += __shfl_xor_sync(~0u, sums.loss, 1);
        if (lane < 2) edge[warp * 4 + 2 * lane] = sums.b3[0];
        if (lane == 0) { edge[warp * 4 + 1] = sums.b3[1]; edge[warp * 4 + 3] = sums.loss; }
    }
    __syncthreads();
    if (threadIdx.x < 4) {
        float total = 0;
        for (int warp = 0; warp < PASSING * 4; ++warp) total += edge[warp * 4 + threadIdx.x];
        partial[4 * PLACE(P_B3 / 4, blockIdx.x) + threadIdx.x] = total;
    }
}
