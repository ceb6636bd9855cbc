// Assembles the matrix products of the training in a page: a WebAssembly module of 128-bit vectors, without and with
// fused multiply-add ("relaxed SIMD"). The text is generated, because its loops are unrolled over a tile of registers.

import assembler from "wabt";

/** Rows, and vectors of four columns, of the tile whose sums stay in registers. */
const ROWS = 4;
const VECTORS = 3;

const range = (count) => [...Array(count).keys()];
const lines = (count, line) => range(count).map(line).join("\n");
const tile = (line) => lines(ROWS, (row) => lines(VECTORS, (vector) => line(row, vector)));

const step = (name, by) => `(local.set $${name} (i32.add (local.get $${name}) ${by}))`;
/** Repeats body while the address in local name is below that in local end. */
const loop = (label, name, end, body) => `
  (loop $${label}
    ${body}
    (br_if $${label} (i32.lt_u (local.get $${name}) (local.get $${end}))))`;
const times = (a, b) => `(i32.mul ${a} ${b})`;
const at = (name) => `(local.get $${name})`;
const plus = (...terms) => terms.reduce((a, b) => `(i32.add ${a} ${b})`);
const locals = (type, names) => names.map((name) => `(local $${name} ${type})`).join(" ");

function text(fused) {
  const madd = (sum, a, b) =>
    fused
      ? `(local.set $${sum} (f32x4.relaxed_madd ${a} ${b} (local.get $${sum})))`
      : `(local.set $${sum} (f32x4.add (local.get $${sum}) (f32x4.mul ${a} ${b})))`;
  const sums = range(ROWS).flatMap((row) => range(VECTORS).map((vector) => `s${row}${vector}`));
  const dots = range(ROWS).flatMap((row) => range(ROWS).map((column) => `s${row}${column}`));
  const horizontal = (sum) =>
    `(f32.add (f32.add (f32x4.extract_lane 0 ${at(sum)}) (f32x4.extract_lane 1 ${at(sum)})) (f32.add (f32x4.extract_lane 2 ${at(sum)}) (f32x4.extract_lane 3 ${at(sum)})))`;
  const pointers = (name, base, stride) =>
    lines(
      ROWS,
      (row) => `(local.set $${name}${row} ${plus(at(base), times(at(stride), `(i32.const ${row})`))})`,
    );
  return `(module
  (import "page" "memory" (memory 0))

  ;; out[m, n] = bias[m] + a[m, k] b[k, n]. a holds ${ROWS} rows together: a[m / ${ROWS}, k, ${ROWS}]. Rows of b and out are stride bytes
  ;; apart. m is a multiple of ${ROWS}, n of ${4 * VECTORS}.
  (func (export "product") (param $out i32) (param $a i32) (param $b i32) (param $bias i32)
    (param $m i32) (param $k i32) (param $n i32) (param $stride i32)
    ${locals("i32", ["outs", "row", "column", "end", "from", "weight", "weights", "place"])}
    ${locals("v128", [...sums, ...range(VECTORS).map((vector) => `b${vector}`), "w"])}
    (local.set $outs ${plus(at("out"), times(at("m"), at("stride")))})
    ${loop(
      "rows",
      "out",
      "outs",
      `
      (local.set $column (i32.const 0))
      (local.set $end ${times(at("n"), "(i32.const 4)")})
      (local.set $weights ${plus(at("a"), times(at("k"), `(i32.const ${4 * ROWS})`))})
      ${loop(
        "columns",
        "column",
        "end",
        `
        ${tile((row, vector) => `(local.set $s${row}${vector} (v128.load32_splat offset=${4 * row} ${at("bias")}))`)}
        (local.set $from ${plus(at("b"), at("column"))})
        (local.set $weight ${at("a")})
        ${loop(
          "inner",
          "weight",
          "weights",
          `
          ${lines(VECTORS, (vector) => `(local.set $b${vector} (v128.load offset=${16 * vector} ${at("from")}))`)}
          ${lines(ROWS, (row) => `(local.set $w (v128.load32_splat offset=${4 * row} ${at("weight")}))\n${lines(VECTORS, (vector) => madd(`s${row}${vector}`, at("w"), at(`b${vector}`)))}`)}
          ${step("from", at("stride"))}
          ${step("weight", `(i32.const ${4 * ROWS})`)}`,
        )}
        (local.set $place ${plus(at("out"), at("column"))})
        ${lines(ROWS, (row) => `${lines(VECTORS, (vector) => `(v128.store offset=${16 * vector} ${at("place")} ${at(`s${row}${vector}`)})`)}\n${step("place", at("stride"))}`)}
        ${step("column", `(i32.const ${16 * VECTORS})`)}`,
      )}
      (local.set $a ${at("weights")})
      ${step("bias", `(i32.const ${4 * ROWS})`)}
      ${step("out", times(at("stride"), `(i32.const ${ROWS})`))}`,
    )})

  ;; out[m, k] += a[m, n] b[k, n]^T, and sums[m] += the sums of a's rows. Rows of a and b are stride bytes apart; those of out follow each
  ;; other. m and k are multiples of ${ROWS}, n of 4.
  (func (export "outer") (param $out i32) (param $a i32) (param $b i32) (param $sums i32)
    (param $m i32) (param $k i32) (param $n i32) (param $stride i32)
    ${locals("i32", ["row", "rows", "column", "columns", "place", "end", "line", ...range(ROWS).flatMap((row) => [`a${row}`, `b${row}`])])}
    ${locals("v128", [...dots, ...range(ROWS).map((row) => `v${row}`), "w"])}
    (local.set $line ${times(at("k"), "(i32.const 4)")})
    (local.set $row ${at("a")})
    (local.set $rows ${plus(at("a"), times(at("m"), at("stride")))})
    ${loop(
      "rows",
      "row",
      "rows",
      `
      (local.set $column ${at("b")})
      (local.set $columns ${plus(at("b"), times(at("k"), at("stride")))})
      ${loop(
        "columns",
        "column",
        "columns",
        `
        ${pointers("a", "row", "stride")}
        ${pointers("b", "column", "stride")}
        (local.set $end ${plus(at("a0"), times(at("n"), "(i32.const 4)"))})
        ${dots.map((sum) => `(local.set $${sum} (v128.const i32x4 0 0 0 0))`).join("\n")}
        ${loop(
          "inner",
          "a0",
          "end",
          `
          ${lines(ROWS, (row) => `(local.set $v${row} (v128.load ${at(`b${row}`)}))`)}
          ${lines(ROWS, (row) => `(local.set $w (v128.load ${at(`a${row}`)}))\n${lines(ROWS, (column) => madd(`s${row}${column}`, at("w"), at(`v${column}`)))}`)}
          ${lines(ROWS, (row) => step(`a${row}`, "(i32.const 16)"))}
          ${lines(ROWS, (row) => step(`b${row}`, "(i32.const 16)"))}`,
        )}
        (local.set $place ${at("out")})
        ${lines(ROWS, (row) => `${lines(ROWS, (column) => `(f32.store offset=${4 * column} ${at("place")} (f32.add (f32.load offset=${4 * column} ${at("place")}) ${horizontal(`s${row}${column}`)}))`)}\n${step("place", at("line"))}`)}
        ${step("out", `(i32.const ${4 * ROWS})`)}
        ${step("column", times(at("stride"), `(i32.const ${ROWS})`))}`,
      )}
      ;; the row of tiles below
      ${step("out", times(at("line"), `(i32.const ${ROWS - 1})`))}
      ${lines(
        ROWS,
        (row) => `
      (local.set $a0 ${plus(at("row"), times(at("stride"), `(i32.const ${row})`))})
      (local.set $end ${plus(at("a0"), times(at("n"), "(i32.const 4)"))})
      (local.set $w (v128.const i32x4 0 0 0 0))
      ${loop(`sum${row}`, "a0", "end", `(local.set $w (f32x4.add ${at("w")} (v128.load ${at("a0")}))) ${step("a0", "(i32.const 16)")}`)}
      (f32.store offset=${4 * row} ${at("sums")} (f32.add (f32.load offset=${4 * row} ${at("sums")}) ${horizontal("w")}))`,
      )}
      ${step("sums", `(i32.const ${4 * ROWS})`)}
      ${step("row", times(at("stride"), `(i32.const ${ROWS})`))}`,
    )})

  ;; x = max(x, 0), for count numbers, a multiple of 4.
  (func (export "relu") (param $x i32) (param $count i32) (local $end i32)
    (local.set $end ${plus(at("x"), times(at("count"), "(i32.const 4)"))})
    ${loop(
      "all",
      "x",
      "end",
      `(v128.store ${at("x")} (f32x4.max (v128.load ${at("x")}) (v128.const i32x4 0 0 0 0))) ${step("x", "(i32.const 16)")}`,
    )})

  ;; g = y > 0 ? g : 0
  (func (export "relu_back") (param $g i32) (param $y i32) (param $count i32) (local $end i32)
    (local.set $end ${plus(at("g"), times(at("count"), "(i32.const 4)"))})
    ${loop(
      "all",
      "g",
      "end",
      `(v128.store ${at("g")} (v128.and (v128.load ${at("g")}) (f32x4.gt (v128.load ${at("y")}) (v128.const i32x4 0 0 0 0))))
      ${step("g", "(i32.const 16)")} ${step("y", "(i32.const 16)")}`,
    )})
)`;
}

/** Both modules in base64, by name. */
export async function kernels() {
  const wabt = await assembler();
  const made = (fused) => {
    const module = wabt.parseWat("kernels.wat", text(fused), { simd: true, relaxed_simd: true });
    const { buffer } = module.toBinary({});
    module.destroy();
    return Buffer.from(buffer).toString("base64");
  };
  return { plain: made(false), fused: made(true) };
}
