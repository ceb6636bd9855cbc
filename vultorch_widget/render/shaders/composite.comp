// One tile: reads texels of a tensor, filters, grades and writes RGBA8. `render/torch_compositor.py` says in torch what this has
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
const uint NO_GRID = 0, CELLS = 1, SCALED = 2, ALIKE = 3; // a batch, as a grid: as it is; normalised; all pictures alike
const uint NONE = 0, OVER = 1, SIGNED = 2, ABSOLUTE = 3, SQUARED = 4, RELATIVE = 5; // a second source

layout(constant_id = 0) const uint ENCODING = FLOAT32;
layout(constant_id = 1) const uint FILTER = DIRECT;
layout(constant_id = 2) const uint CHANNELS = 4; // read: 1 gray, 3 colour, 4 colour and alpha; 0 none, the value is 1
layout(constant_id = 3) const uint LOOK = PLAIN;
layout(constant_id = 4) const uint GRID = NO_GRID;
layout(constant_id = 5) const uint SECOND = NONE;
layout(constant_id = 6) const uint SECOND_ENCODING = FLOAT32;

const uint CHECKER = 8; // side of a square of the checkerboard, in pixels
const vec2 CHECKER_GRAYS = vec2(0.6, 0.4);
const float GAP_GRAY = 0.5;
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

// An overlay, or what the difference is to.
layout(buffer_reference, std430, buffer_reference_align = 16) buffer Second {
    Words source;
    Palette palette;
    uint base;
    uint row_stride;
    uint column_stride;
    uint channel_stride;
    uint picture_stride;
    float unit;
    float alpha;
};

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Floats { float at[]; };

layout(push_constant, std430) uniform Push {
    Words source;
    Pixels target;
    Spans column_spans;
    Spans row_spans;
    Colors colormap;
    Floats scaling; // shift of 4 channels, then scale of 4, for each picture
    uvec2 size;      // of the target, in pixels
    uint base;       // elements from `source` to the first texel
    uint row_stride; // strides in elements
    uint column_stride;
    uint channel_stride;
    vec2 inner;
    float unit;      // one step of an integer element
    float gain;
    float offset;
    uint picture_stride;
    uint count;   // pictures
    uint columns; // pictures a row
    uint gap;     // texels between two
    uint height;  // of a picture, in texels
    uint width;
    uint steps;   // rows << 16 | columns: only every so many texels of the sheet are read
    Second second;
} push;

float element(uint encoding, Words source, float unit, uint index) {
    if (encoding == FLOAT32) return uintBitsToFloat(source.at[index]);
    if (encoding == FLOAT16) return unpackHalf2x16(source.at[index >> 1] >> ((index & 1u) * 16u)).x;
    if (encoding == BFLOAT16) return uintBitsToFloat((source.at[index >> 1] >> ((index & 1u) * 16u)) << 16);
    return float((source.at[index >> 2] >> ((index & 3u) * 8u)) & 255u) * unit;
}

const int NO_LABEL = -0x7fffffff - 1; // also beyond int32

int label(uint encoding, Words source, uint index) {
    if (encoding == INT16) return int(source.at[index >> 1] << ((~index & 1u) * 16u)) >> 16;
    if (encoding == INT32) return int(source.at[index]);
    if (encoding == INT64) {
        int low = int(source.at[2u * index]);
        return int(source.at[2u * index + 1u]) == low >> 31 ? low : NO_LABEL;
    }
    return int((source.at[index >> 2] >> ((index & 3u) * 8u)) & 255u);
}

vec4 painted_label(Palette palette, int value) {
    int count = palette.count;
    int index = palette.repeats != 0u && value >= 0 ? value % count : value;
    if (index < 0 || index >= count) index = count;
    if (value != NO_LABEL && any(equal(ivec4(value), palette.ignored))) index = count + 1;
    return palette.at[index];
}

vec4 values_at(uint encoding, Words source, float unit, uint index, uint channel_stride) {
    float r = element(encoding, source, unit, index);
    if (CHANNELS == 1) return vec4(r, r, r, 1.0);
    float g = element(encoding, source, unit, index + channel_stride);
    float b = element(encoding, source, unit, index + 2u * channel_stride);
    if (CHANNELS == 3) return vec4(r, g, b, 1.0);
    return vec4(r, g, b, element(encoding, source, unit, index + 3u * channel_stride));
}

vec4 texel_at(uint index) {
    if (CHANNELS == 0) return vec4(1.0);
    if (LOOK == LABELS) return painted_label(Palette(push.colormap), label(ENCODING, push.source, index));
    return values_at(ENCODING, push.source, push.unit, index, push.channel_stride);
}

// What is read of a source: its value, and whether there is a picture at all. Filtered, `there` is the share that pictures
// have in a pixel, and the others are multiplied by it. `over` is that of an overlay.
struct Texel {
    vec4 value;
    float there;
    vec4 over;
};

// Alpha has no difference.
vec4 difference(vec4 a, vec4 b) {
    vec3 signed_ = a.rgb - b.rgb;
    if (SECOND == ABSOLUTE) return vec4(abs(signed_), 1.0);
    if (SECOND == SQUARED) return vec4(signed_ * signed_, 1.0);
    if (SECOND == RELATIVE) return vec4(abs(signed_) / (abs(b.rgb) + 0.01), 1.0);
    return vec4(signed_, 1.0);
}

Texel with_second(vec4 value, uint picture, uint row, uint column) {
    if (SECOND == NONE) return Texel(value, 1.0, vec4(0.0));
    Second second = push.second;
    uint index = second.base + row * second.row_stride + column * second.column_stride;
    if (GRID != NO_GRID) index += picture * second.picture_stride;
    if (SECOND == OVER) {
        vec4 over = painted_label(second.palette, label(SECOND_ENCODING, second.source, index));
        return Texel(value, 1.0, over);
    }
    if (CHANNELS == 0) return Texel(value, 1.0, vec4(0.0));
    vec4 other = values_at(SECOND_ENCODING, second.source, second.unit, index, second.channel_stride);
    return Texel(difference(value, other), 1.0, vec4(0.0));
}

vec4 scaled(vec4 value, uint picture) {
    uint at = 8u * picture;
    float shift = push.scaling.at[at], scale = push.scaling.at[at + 4u];
    if (CHANNELS == 1) return vec4(vec3((value.r - shift) * scale), 1.0);
    value.r = (value.r - shift) * scale;
    value.g = (value.g - push.scaling.at[at + 1u]) * push.scaling.at[at + 5u];
    value.b = (value.b - push.scaling.at[at + 2u]) * push.scaling.at[at + 6u];
    if (CHANNELS == 4) value.a = (value.a - push.scaling.at[at + 3u]) * push.scaling.at[at + 7u];
    return value;
}

// Where a row or a column of a sheet lies: in which row or column of cells, and how many texels from its beginning.
struct Place {
    uint cell;
    uint within;
};

// Exact up to 2^21, the largest sheet. Lavapipe divides whole numbers one by one, and converts signed ones faster.
uint quotient(uint number, uint divisor) { return uint(int((float(int(number)) + 0.5) / float(int(divisor)))); }

Place place(uint at, uint pitch) {
    uint cell = quotient(at, pitch);
    return Place(cell, at - cell * pitch);
}

uvec2 pitches() { return uvec2(push.width, push.height) + push.gap; }

uvec2 steps() { return uvec2(push.steps & 0xffffu, push.steps >> 16); }

Place column_place(uint x) { return place(x * steps().x + (steps().x >> 1), pitches().x); }

Place row_place(uint y) { return place(y * steps().y + (steps().y >> 1), pitches().y); }

Texel cell_texel(Place row, Place column) {
    uint picture = row.cell * push.columns + column.cell;
    bool there = column.within < push.width && row.within < push.height && picture < push.count;
    // In a gap, the nearest texel is read and does not count.
    uint x = min(column.within, push.width - 1u), y = min(row.within, push.height - 1u);
    picture = min(picture, push.count - 1u);
    vec4 value = texel_at(push.base + picture * push.picture_stride + y * push.row_stride + x * push.column_stride);
    if (GRID == SCALED && CHANNELS != 0) value = scaled(value, picture);
    Texel texel = with_second(value, picture, y, x);
    return Texel(there ? texel.value : vec4(0.0), there ? 1.0 : 0.0, there ? texel.over : vec4(0.0));
}

Texel texel(uint x, uint y) {
    if (GRID != NO_GRID) return cell_texel(row_place(y), column_place(x));
    return with_second(texel_at(push.base + y * push.row_stride + x * push.column_stride), 0u, y, x);
}

// A texel of weight 0 does not count, be it infinite or NaN.
Texel mixed(Texel head, Texel tail, Span span) {
    if (span.tail == 0.0) return head;
    head.value = head.value * span.head + tail.value * span.tail;
    if (GRID != NO_GRID) head.there = head.there * span.head + tail.there * span.tail;
    if (SECOND == OVER) head.over = head.over * span.head + tail.over * span.tail;
    return head;
}

Texel linear(Span columns, Span rows) {
    Texel top = mixed(texel(columns.first, rows.first), texel(columns.last, rows.first), columns);
    Texel bottom = mixed(texel(columns.first, rows.last), texel(columns.last, rows.last), columns);
    return mixed(top, bottom, rows);
}

float weight(Span span, uint index, float inner) {
    return index == span.first ? span.head : index == span.last ? span.tail : inner;
}

// Walks along a row of the sheet: only where it begins takes a division.
Texel area(Span columns, Span rows) {
    Texel total = Texel(vec4(0.0), 0.0, vec4(0.0));
    Place left, by;
    if (GRID != NO_GRID) {
        left = column_place(columns.first);
        by = place(steps().x, pitches().x);
    }
    for (uint y = rows.first; y <= rows.last; ++y) {
        Texel line = Texel(vec4(0.0), 0.0, vec4(0.0));
        Place row, column = left;
        if (GRID != NO_GRID) row = row_place(y);
        for (uint x = columns.first; x <= columns.last; ++x) {
            Texel one;
            if (GRID == NO_GRID) one = texel(x, y);
            else {
                one = cell_texel(row, column);
                column = Place(column.cell + by.cell, column.within + by.within);
                if (column.within >= pitches().x) column = Place(column.cell + 1u, column.within - pitches().x);
            }
            float share = weight(columns, x, push.inner.x);
            line.value += one.value * share;
            if (GRID != NO_GRID) line.there += one.there * share;
            if (SECOND == OVER) line.over += one.over * share;
        }
        float share = weight(rows, y, push.inner.y);
        total.value += line.value * share;
        if (GRID != NO_GRID) total.there += line.there * share;
        if (SECOND == OVER) total.over += line.over * share;
    }
    return total;
}

Texel filtered(uvec2 pixel) {
    if (FILTER == DIRECT) return texel(pixel.x, pixel.y);
    Span columns = push.column_spans.at[pixel.x];
    Span rows = push.row_spans.at[pixel.y];
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

uint painted(Texel texel, uvec2 pixel) {
    // Without a filter, a pixel is all picture or all gap.
    bool partly = GRID != NO_GRID && FILTER >= LINEAR;
    float share = partly && texel.there > 0.0 ? 1.0 / texel.there : 1.0;
    vec4 value = partly ? texel.value * share : texel.value;
    if (GRID == ALIKE && CHANNELS != 0) value = scaled(value, 0u);
    if (SECOND >= SIGNED && LOOK == COLORMAP && CHANNELS >= 3) value.rgb = vec3((value.r + value.g + value.b) / 3.0);
    vec3 color = LOOK == LABELS ? value.rgb : value.rgb * push.gain + push.offset;
    if (is_nan(color.r) || is_nan(color.g) || is_nan(color.b) || is_nan(value.a)) return MAGENTA;
    if (LOOK == LABELS) color += checkerboard(pixel) * (1.0 - value.a);
    else color = graded(color);
    if (CHANNELS == 4) color = mix(vec3(checkerboard(pixel)), color, clamp(value.a, 0.0, 1.0));
    if (SECOND == OVER) {
        vec4 over = (partly ? texel.over * share : texel.over) * push.second.alpha;
        if (is_nan(over.a)) return MAGENTA;
        color = color * (1.0 - over.a) + over.rgb;
    }
    if (partly) color = mix(vec3(GAP_GRAY), color, texel.there);
    else if (GRID != NO_GRID) color = texel.there == 0.0 ? vec3(GAP_GRAY) : color;
    uvec3 level = uvec3(color * 255.0 + 0.5);
    return level.r | level.g << 8 | level.b << 16 | ALPHA;
}

void main() {
    // Invocations beyond the edge make the pixel there once more. Were they to return, lavapipe would have to look lane by
    // lane at who is left, and a picture would take it 1.7 times as long.
    uvec2 pixel = min(gl_GlobalInvocationID.xy, push.size - 1u);
    push.target.at[pixel.y * push.size.x + pixel.x] = painted(filtered(pixel), pixel);
}
