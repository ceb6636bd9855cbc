// What the training kernels share: the state on the GPU, float16 parts of numbers, products on the tensor cores, Adam.
//
// Macros defined by the host: WIDTH, the hidden units; UNITS, to which they are padded; BLOCKS, the number of
// multiprocessors; and SPLIT, 0 or 1. With SPLIT, each operand of a product is a sum of two float16 values.
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned short u16;

// Parameters, padded, in torch's order: W1 (UNITS,2) b1 (UNITS) W2 (UNITS,UNITS) b2 (UNITS) W3 (3,UNITS) b3 (3); the loss.
#define B1 (2 * UNITS)
#define W2 (3 * UNITS)
#define B2 (W2 + UNITS * UNITS)
#define W3 (B2 + UNITS)
#define B3 (W3 + 3 * UNITS)
#define LOSS (B3 + 3)

// State shared by all launches: `Given` is written by `step.py` in this layout, the rest by the kernels.
struct Given {
    float *parameters[6], *means[6], *squares[6], *steps[6]; // torch's memory: the network's and Adam's
    const float* rate;
    float beta1, beta2, eps;
    float gradient_unit, loss_unit, unused; // factors for sums over pixels and colours
};
struct Control : Given {
    float loss; // of the last step
    u64 step;                       // Adam's count
    double beta1_power, beta2_power; // beta ** step
};

// A parameter and its moments, held by the thread that owns it.
struct Owned { float p, m, v; };

#define TY "f16"
#define SAT ".satfinite" // overflow gives the largest float16, not infinity
#define NB (1 + SPLIT)
#define SCALE 16.0f // scales the gradients so that they are normal numbers in float16

__device__ __forceinline__ u32 pack(float low, float high) {
    u32 out;
    asm("cvt.rn" SAT "." TY "x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
    return out;
}
__device__ __forceinline__ u32 pack_relu(float low, float high) {
    u32 out;
    asm("cvt.rn.relu" SAT "." TY "x2.f32 %0, %1, %2;" : "=r"(out) : "f"(high), "f"(low));
    return out;
}
__device__ __forceinline__ float lower(u32 both) {
    float out;
    asm("{.reg .b16 a, b; mov.b32 {a, b}, %1; cvt.f32.f16 %0, a;}" : "=f"(out) : "r"(both));
    return out;
}
__device__ __forceinline__ float upper(u32 both) {
    float out;
    asm("{.reg .b16 a, b; mov.b32 {a, b}, %1; cvt.f32.f16 %0, b;}" : "=f"(out) : "r"(both));
    return out;
}
__device__ __forceinline__ u32 rest(u32 high, float a, float b) { return pack(a - lower(high), b - upper(high)); }

__device__ __forceinline__ float sigmoid(float z) { // accurate to a few units in the last place
    float power, y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(z * -1.4426950408889634f));
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(1.0f + power));
    return y;
}

__device__ __forceinline__ u32 address(const void* at) { return (u32)__cvta_generic_to_shared(at); }

#define F4(d, i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
__device__ __forceinline__ void mma(float* d, const u32* a, const u32* b) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." TY "." TY ".f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : F4(d, 0) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ __forceinline__ float relu(float x) { // NaN stays NaN, as with torch; fmaxf would give 0
    float y;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(x), "f"(0.0f));
    return y;
}
__device__ __forceinline__ u32 positive(u32 both) { // 0xffff for each half that is positive or NaN
    u32 out;
    asm("set.gtu.u32." TY "x2 %0, %1, %2;" : "=r"(out) : "r"(both), "r"(0));
    return out;
}
__device__ __forceinline__ u32 transposed(u32 of) { // 8 x 8 16-bit values across the warp
    u32 out;
    asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(out) : "r"(of));
    return out;
}
// 16 x 8 results of 8 terms each, starting from zero.
__device__ __forceinline__ void thin(float* d, u32 a0, u32 a1, u32 b) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32." TY "." TY ".f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%7,%7,%7,%7};"
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3]) : "r"(a0), "r"(a1), "r"(b), "f"(0.0f));
}
__device__ __forceinline__ void thin_more(float* d, u32 a0, u32 a1, u32 b) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32." TY "." TY ".f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
                 : F4(d, 0) : "r"(a0), "r"(a1), "r"(b));
}
// Stores four 8 x 8 matrices to shared memory. Each lane gives a row's address.
__device__ __forceinline__ void store4(u32 at, const u32* r) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1,%2,%3,%4};" ::"r"(at), "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]) : "memory");
}

// Descriptor of a wgmma operand in shared memory: swizzled rows of 128 bytes in groups of eight. Only the lower half
// varies: the address, and for a transposed operand of more than 64 columns the distance to the next 64, both in units
// of 16 bytes.
#define ROWS_OF_128 0x4000004000000000ull
__device__ __forceinline__ u32 operand(u32 at) { return at >> 4 | 1 << 16; }

__device__ __forceinline__ void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int N> __device__ __forceinline__ void wait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory"); }
template <int N> __device__ __forceinline__ void hold(float (&d)[N]) {
    #pragma unroll
    for (int i = 0; i < N; ++i) asm volatile("" : "+f"(d[i])::"memory");
}
__device__ __forceinline__ void to_tensor_cores() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

#define F16(d, i) F4(d, i), F4(d, i + 4), F4(d, i + 8), F4(d, i + 12)
#define OP "wgmma.mma_async.sync.aligned."
#define TYPES ".f32." TY "." TY " "

__device__ __forceinline__ char* shared_base() {
    extern __shared__ char raw[];
    return raw + ((1024 - (__cvta_generic_to_shared(raw) & 1023)) & 1023);
}
__device__ __forceinline__ void dependents() { asm volatile("griddepcontrol.launch_dependents;" ::: "memory"); }
__device__ __forceinline__ void predecessors() { asm volatile("griddepcontrol.wait;" ::: "memory"); }

// Adam's factors that depend on the rate and the step number.
struct Pace {
    float rate, root;
    __device__ Pace(float lr, double beta1_power, double beta2_power)
        : rate(lr / (float)(1.0 - beta1_power)), root(1.0f / sqrtf((float)(1.0 - beta2_power))) {}
};
__device__ __forceinline__ void adam(Owned& mine, float gradient, const Pace& pace, float beta1, float beta2, float eps) {
    mine.m += (1.0f - beta1) * (gradient - mine.m);
    mine.v = beta2 * mine.v + (1.0f - beta2) * gradient * gradient;
    float root;
    asm("sqrt.approx.f32 %0, %1;" : "=f"(root) : "f"(mine.v));
    mine.p -= __fdividef(pace.rate * mine.m, root * pace.root + eps);
}

// What a lane holds of 64 pixels from `first` on: two of the 16 that its warp passes.
struct Pixels { float2 xy0, xy1; float t[4]; u32 in; };

__device__ __forceinline__ Pixels pixels(const float2* coords, const float* target, int count, int first) {
    const int warp = threadIdx.x / 32 % 4, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
    Pixels px;
    int p0 = first + warp * 16 + g, p1 = p0 + 8;
    px.in = (p0 < count ? 1 : 0) | (p1 < count ? 2 : 0);
    p0 = min(p0, count - 1); p1 = min(p1, count - 1);
    px.xy0 = __ldg(coords + p0); px.xy1 = __ldg(coords + p1);
    const float *t0 = target + 3 * p0, *t1 = target + 3 * p1;
    const int color = 2 * (t & 1); // red and green in the lanes with t = 0 and 2, blue with 1 and 3
    px.t[0] = __ldg(t0 + color); px.t[1] = __ldg(t0 + 1);
    px.t[2] = __ldg(t1 + color); px.t[3] = __ldg(t1 + 1);
    return px;
}

template <int IMAGE_BYTES, int BY> __device__ __forceinline__ void load_image(char* sm, const char* image) {
    uint4 part[(IMAGE_BYTES / 16 + BY - 1) / BY];
    #pragma unroll
    for (int n = 0; n < (IMAGE_BYTES / 16 + BY - 1) / BY; ++n)
        if (n * BY + threadIdx.x < IMAGE_BYTES / 16) part[n] = __ldcg((const uint4*)image + n * BY + threadIdx.x);
    #pragma unroll
    for (int n = 0; n < (IMAGE_BYTES / 16 + BY - 1) / BY; ++n)
        if (n * BY + threadIdx.x < IMAGE_BYTES / 16) ((uint4*)sm)[n * BY + threadIdx.x] = part[n];
    to_tensor_cores();
    __syncthreads();
}

// The kernels define ROW, the values in a block's row of partial gradients.
#define COLUMNS ((ROW / 4 + BLOCKS - 1) / BLOCKS) // groups of four values that a block sums
#define PER (4 * COLUMNS)
// Partial gradients in groups of four. The groups that a block sums are contiguous, one row per source block.
#define PLACE(four, row) (((four) / COLUMNS * BLOCKS + (row)) * COLUMNS + (four) % COLUMNS)
// Sums 4 * COLS values over all rows, always in the same order; thread i gets value i. All OF threads of a
// block call it.
template <int COLS, int OF, int BATCH> __device__ __forceinline__ float sum_of_rows(const float* partial, float4* scratch) {
    constexpr int GROUPS = OF / COLS, EACH = (BLOCKS + GROUPS - 1) / GROUPS; // thread groups, and rows per group
    const int column = threadIdx.x % COLS, group = threadIdx.x / COLS;
    const float4* mine = (const float4*)partial + blockIdx.x * (BLOCKS * COLS) + column;
    float4 total = make_float4(0, 0, 0, 0);
    #pragma unroll
    for (int from = 0; from < EACH; from += BATCH) {
        float4 one[BATCH]; // loads in flight
        #pragma unroll
        for (int n = 0; n < BATCH; ++n) {
            int row = (from + n) * GROUPS + group;
            one[n] = group < GROUPS && row < BLOCKS ? __ldcg(mine + row * COLS) : make_float4(0, 0, 0, 0);
        }
        #pragma unroll
        for (int n = 0; n < BATCH; ++n) { total.x += one[n].x; total.y += one[n].y; total.z += one[n].z; total.w += one[n].w; }
    }
    if (group < GROUPS) scratch[group * COLS + column] = total;
    __syncthreads();
    if (threadIdx.x >= 4 * COLS) return 0.0f;
    float part[4] = {0, 0, 0, 0};
    #pragma unroll
    for (int n = 0; n < GROUPS; ++n) part[n % 4] += ((const float*)scratch)[n * 4 * COLS + threadIdx.x];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

// A parameter's place in torch: its tensor's number and the index in it; -1 for padding.
struct Own { int tensor, at; };
__device__ __forceinline__ Own own(int k) {
    if (k < 0 || k >= LOSS) return {-1, 0};
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

// Where the weights' image has a parameter: its upper part in up to two places, its lower part likewise; -1 for none.
struct Places { int high[2], low[2], whole; };
__device__ __forceinline__ int fragment(int from, int which, int lane, int half) { return from + ((which >> 2) * 32 + lane) * 16 + (which & 3) * 4 + half * 2; }
__device__ __forceinline__ void publish(char* image, const Places& at, float value) {
    const u32 high = pack(value, 0.0f), low = pack(value - lower(high), 0.0f);
    if (at.whole >= 0) *(float*)(image + at.whole) = value;
    #pragma unroll
    for (int n = 0; n < 2; ++n) {
        if (at.high[n] >= 0) *(u16*)(image + at.high[n]) = (u16)high;
        if (at.low[n] >= 0) *(u16*)(image + at.low[n]) = (u16)low;
    }
}

// Counts a step, in the first block.
__device__ __forceinline__ void count_step(Control* control) {
    if (blockIdx.x != 0) return;
    if (threadIdx.x == 0) {
        control->step += 1;
        control->beta1_power *= control->beta1;
        control->beta2_power *= control->beta2;
    }
    if (threadIdx.x < 6) *control->steps[threadIdx.x] += 1.0f;
}

// Takes over Adam's count, which others may have changed.
__device__ __forceinline__ void count_from(Control* control) {
    const u64 step = (u64)*control->steps[0];
    if (step != 0 && step == control->step) return;
    control->step = step;
    control->beta1_power = pow((double)control->beta1, (double)step);
    control->beta2_power = pow((double)control->beta2, (double)step);
}

// For the host, in the order of `Program`: threads and dynamic shared memory of `grad`, blocks and threads of `update`,
// bytes of the weights' image, floats of the partial gradients, parameters with padding and the loss, the gradients'
// scale, bytes of Control, and bytes of Given, which is the offset of the loss.
#define LAYOUT extern "C" __device__ const int layout[10] = { \
    THREADS, SMEM, UPDATE_BLOCKS, UPDATE_THREADS, IMAGE, PARTIAL, LOSS + 1, (int)SCALE, sizeof(Control), sizeof(Given)}
