// Times what counts points in a worker: exports of kernel_bench.rs, and the loop in JavaScript of the release's
// worker-loader.js, which loads this module in place of the worker's program.

const BLOCK_POINTS = 100_000;

function math_random(_seed, blocks) {
  let inside = 0;
  for (let block = 0; block < blocks; block += 1) inside += count_by_math_random(BLOCK_POINTS);
  return BigInt(inside);
}

const functions = { math_random };

// What the loader calls, as it calls the worker's program.
export async function initSync({ module }) {
  const exports = instantiate(module);
  if (exports.kernel(7n, 50) !== exports.reference_kernel(7n, 50)) throw new Error("the kernels disagree");
  Object.assign(functions, exports);
  // Not in every clone.
  const before = await fetch(new URL("./point_by_point.wasm", import.meta.url));
  if (before.ok) functions.point_by_point = instantiate(await before.arrayBuffer()).kernel;
  postMessage("ready");
}

function instantiate(module) {
  const compiled = new WebAssembly.Module(module);
  // The library's other parts import from the page; nothing here calls them.
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(compiled)) {
    imports[from] ??= {};
    imports[from][name] = () => { throw new Error(`${name} is not there`); };
  }
  return new WebAssembly.Instance(compiled, imports).exports;
}

// Blocks a call, so that a call takes some milliseconds.
const blocks_a_call = { kernel: 300, point_by_point: 300 };

onmessage = ({ data: { name, at_least_ms } }) => {
  const run = functions[name];
  if (!run) return postMessage(null);
  const blocks = blocks_a_call[name] ?? 10;
  let points = 0;
  let inside = 0n;
  const start = performance.now();
  let milliseconds = 0;
  while (milliseconds < at_least_ms) {
    inside += run(7n, blocks);
    points += blocks * BLOCK_POINTS;
    milliseconds = performance.now() - start;
  }
  postMessage({ points, milliseconds, inside: inside.toString() });
};
