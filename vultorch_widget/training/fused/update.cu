// The kernels that run after `grad` of `step.cu` or `wide.cu`, and before a series of steps. These define `parameter` and
// `places`, UPDATE_BOUNDS, which are the launch bounds, and UPDATE_LOADS, the loads of a thread that are in flight.

// Sums the rows, always in the same order, and takes Adam's step.
extern "C" __global__ void __launch_bounds__(UPDATE_BOUNDS) update(const float* partial, char* image, Control* control) {
    __shared__ float4 scratch[UPDATE_THREADS];
    const int k = threadIdx.x < PER ? parameter(blockIdx.x * PER + threadIdx.x) : -1;
    const Places at = places(k);
    const Own torchs = own(k);
    float *p = 0, *m = 0, *v = 0;
    if (torchs.tensor >= 0) {
        p = control->parameters[torchs.tensor] + torchs.at;
        m = control->means[torchs.tensor] + torchs.at;
        v = control->squares[torchs.tensor] + torchs.at;
    }
    dependents();
    predecessors();
    Owned mine = {0, 0, 0};
    if (p) mine = {*p, *m, *v};
    const Pace pace(*control->rate, control->beta1_power, control->beta2_power);
    const float beta1 = control->beta1, beta2 = control->beta2, eps = control->eps, unit = control->gradient_unit;
    const float sum = sum_of_rows<COLUMNS, UPDATE_THREADS, UPDATE_LOADS>(partial, scratch);
    if (p) {
        adam(mine, sum * unit, pace, beta1, beta2, eps);
        publish(image, at, mine.p);
        *p = mine.p; *m = mine.m; *v = mine.v;
    } else if (k == LOSS) control->loss = sum * control->loss_unit;
}

// Runs before a series of steps: reads the parameters and Adam's count, which others may have changed.
extern "C" __global__ void prepare(char* image, Control* control) {
    const int k = blockIdx.x * blockDim.x + threadIdx.x;
    const Own torchs = own(k);
    if (torchs.tensor >= 0) publish(image, places(k), control->parameters[torchs.tensor][torchs.at]);
    if (k == LOSS) count_from(control);
}

#define UPDATE_BLOCKS BLOCKS
#define PARTIAL (BLOCKS * BLOCKS * PER)
LAYOUT;
