// What the training kernels share: the state on the GPU, float16 parts of numbers, products on the tensor cores, Adam.
//
// Macros defined by the host: WIDTH, the hidden units; UNITS, to which they are padded; and SPLIT, 0 or 1. With SPLIT,
// each operand of a product is a sum of two float16 values.
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
