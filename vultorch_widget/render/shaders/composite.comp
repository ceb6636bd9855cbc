// One tile: reads texels of a tensor, filters, grades and writes RGBA8. `render/reference.py` says in torch what this has
// to compute; the two agree within one level of 255.
//
// Everything is reached by address (VK_KHR_buffer_device_address), so that a tensor may be larger than the range of a
// descriptor, 128 MiB on lavapipe. What would be a branch is a specialisation constant: lavapipe runs both sides.
#version 460
#extension GL_EXT_buffer_reference : require

layout(local_size_x = 32, local_size_y = 8) in;

const uint FLOAT32 = 0, FLOAT16 = 1, BFLOAT16 = 2, UINT8 = 3, INT16 = 4, INT32 = 5, INT64 = 6;
const uint DIRECT = 0, NEAREST = 1, LINEAR = 2, AREA = 3;
const uint PLAIN = 0, SRGB = 1, COLORMAP = 2, LABELS = 3;

layout(constant_id = 0) const uint ENCODING = FLOAT32;
layout(constant_id = 1) const uint FILTER = DIRECT;
layout(constant_id = 2) const uint CHANNELS = 4; // read: 1 gray, 3 colour, 4 colour and alpha; 0 none, the value is 1
layout(constant_id = 3) const uint LOOK = PLAIN;

const uint CHECKER = 8; // side of a square of the checkerboard, in pixels
const vec2 CHECKER_GRAYS = vec2(0.6, 0.4);
const uint ALPHA = 0xff000000u;
const uint MAGENTA = 0xffff00ffu;

// Texels first..last make a pixel, or a row of them: head and tail are the weights of the ends, `inner` of those between.
struct Span {
    uint first;
    uint last;
    float head;
    float tail;
};

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Words { uint at[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) writeonly buffer Pixels { uint at[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Spans { Span at[]; };
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Colors { vec4 at[]; };
// Colours of labels, multiplied by alpha; then of what is no label, NaN; then of what is ignored, nothing.
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Palette {
    ivec4 ignored;
    int count;
    uint repeats;
    vec4 at[];
};

layout(push_constant, std430) uniform Push {
    Words source;
    Pixels target;
    Spans columns;
    Spans rows;
    Colors colormap;
    uvec2 size;      // of the target, in pixels
    uint base;       // elements from `source` to the first texel
    uint row_stride; // strides in elements
    uint column_stride;
    uint channel_stride;
    vec2 inner;
    float unit;      // one step of an integer element
    float gain;
    float offset;
} push;

float element(uint index) {
    if (ENCODING == FLOAT32) return uintBitsToFloat(push.source.at[index]);
    if (ENCODING == FLOAT16) return unpackHalf2x16(push.source.at[index >> 1] >> ((index & 1u) * 16u)).x;
    if (ENCODING == BFLOAT16) return uintBitsToFloat((push.source.at[index >> 1] >> ((index & 1u) * 16u)) << 16);
    return float((push.source.at[index >> 2] >> ((index & 3u) * 8u)) & 255u) * push.unit;
}

const int NO_LABEL = -0x7fffffff - 1; // also beyond int32

int label(uint index) {
    if (ENCODING == INT16) return int(push.source.at[index >> 1] << ((~index & 1u) * 16u)) >> 16;
    if (ENCODING == INT32) return int(push.source.at[index]);
    if (ENCODING == INT64) {
        int low = int(push.source.at[2u * index]);
        return int(push.source.at[2u * index + 1u]) == low >> 31 ? low : NO_LABEL;
    }
    return int((push.source.at[index >> 2] >> ((index & 3u) * 8u)) & 255u);
}

vec4 painted_label(int value) {
    Palette palette = Palette(push.colormap);
    int count = palette.count;
    int index = palette.repeats != 0u && value >= 0 ? value % count : value;
    if (index < 0 || index >= count) index = count;
    if (value != NO_LABEL && any(equal(ivec4(value), palette.ignored))) index = count + 1;
    return palette.at[index];
}

vec4 texel(uint x, uint y) {
    if (CHANNELS == 0) return vec4(1.0);
    uint index = push.base + y * push.row_stride + x * push.column_stride;
    if (LOOK == LABELS) return painted_label(label(index));
    float r = element(index);
    if (CHANNELS == 1) return vec4(r, r, r, 1.0);
    float g = element(index + push.channel_stride);
    float b = element(index + 2u * push.channel_stride);
    if (CHANNELS == 3) return vec4(r, g, b, 1.0);
    return vec4(r, g, b, element(index + 3u * push.channel_stride));
}

// A texel of weight 0 does not count, be it infinite or NaN.
vec4 mixed(vec4 head, vec4 tail, Span span) {
    return span.tail == 0.0 ? head : head * span.head + tail * span.tail;
}

vec4 linear(Span columns, Span rows) {
    vec4 top = mixed(texel(columns.first, rows.first), texel(columns.last, rows.first), columns);
    vec4 bottom = mixed(texel(columns.first, rows.last), texel(columns.last, rows.last), columns);
    return mixed(top, bottom, rows);
}

float weight(Span span, uint index, float inner) {
    return index == span.first ? span.head : index == span.last ? span.tail : inner;
}

vec4 area(Span columns, Span rows) {
    vec4 total = vec4(0.0);
    for (uint y = rows.first; y <= rows.last; ++y) {
        vec4 line = vec4(0.0);
        for (uint x = columns.first; x <= columns.last; ++x) line += texel(x, y) * weight(columns, x, push.inner.x);
        total += line * weight(rows, y, push.inner.y);
    }
    return total;
}

vec4 filtered(uvec2 pixel) {
    if (FILTER == DIRECT) return texel(pixel.x, pixel.y);
    Span columns = push.columns.at[pixel.x];
    Span rows = push.rows.at[pixel.y];
    if (FILTER == NEAREST) return texel(columns.first, rows.first);
    if (FILTER == LINEAR) return linear(columns, rows);
    return area(columns, rows);
}

// By bits: a compiler may take isnan() for false.
bool is_nan(float value) { return (floatBitsToUint(value) & 0x7fffffffu) > 0x7f800000u; }

vec3 graded(vec3 color) {
    color = clamp(color, 0.0, 1.0);
    if (LOOK == SRGB) return mix(1.055 * pow(color, vec3(1.0 / 2.4)) - 0.055, color * 12.92, lessThanEqual(color, vec3(0.0031308)));
    if (LOOK == COLORMAP) {
        float entry = color.r * 255.0;
        uint lower = min(uint(entry), 254u);
        return mix(push.colormap.at[lower].rgb, push.colormap.at[lower + 1u].rgb, entry - float(lower));
    }
    return color;
}

float checkerboard(uvec2 pixel) {
    uvec2 square = pixel / CHECKER;
    return CHECKER_GRAYS[(square.x + square.y) & 1u];
}

uint painted(vec4 value, uvec2 pixel) {
    vec3 color = LOOK == LABELS ? value.rgb : value.rgb * push.gain + push.offset;
    if (is_nan(color.r) || is_nan(color.g) || is_nan(color.b) || is_nan(value.a)) return MAGENTA;
    if (LOOK == LABELS) color += checkerboard(pixel) * (1.0 - value.a);
    else color = graded(color);
    if (CHANNELS == 4) color = mix(vec3(checkerboard(pixel)), color, clamp(value.a, 0.0, 1.0));
    uvec3 level = uvec3(color * 255.0 + 0.5);
    return level.r | level.g << 8 | level.b << 16 | ALPHA;
}

void main() {
    // Invocations beyond the edge make the pixel there once more. Were they to return, lavapipe would have to look lane by
    // lane at who is left, and a picture would take it 1.7 times as long.
    uvec2 pixel = min(gl_GlobalInvocationID.xy, push.size - 1u);
    push.target.at[pixel.y * push.size.x + pixel.x] = painted(filtered(pixel), pixel);
}
