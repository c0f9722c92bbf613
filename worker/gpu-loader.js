// Starts the program that counts on a GPU, and makes its WebGPU calls. The adapter is requested here, in the worker, since what a
// page finds says nothing about workers. Where there is none, a message tells the page why (`FromWorker::NoGpu`
// of points/src/protocol.rs), and the program is not fetched. Why it is loaded in this way: worker-loader.js.

// Only tests set these parameters in the worker's address: a software adapter (`software`), slices of so
// many steps (`steps`), and constants of the GPU's program (`WIDEN`, `SETTLED`).
const wanted = new URL(import.meta.url).searchParams;
const constants = Object.fromEntries(
  ['WIDEN', 'SETTLED'].filter((name) => wanted.has(name)).map((name) => [name, Number(wanted.get(name))]),
);

const tell = (message) => postMessage(new URLSearchParams(message).toString());

// The loss of the GPU, the better reason, may be reported this much later than what fails because of it.
const LOSS_MS = 100;

// Only the first error is reported, since it causes the others: with a lost GPU, everything it was asked to do fails.
let hasFailed = false;
function fail(error) {
  if (hasFailed) return;
  hasFailed = true;
  tell({ kind: self.dartboard_gpu ? 'errored' : 'start_failed', text: String(error?.message ?? error).slice(0, 500) });
}
// Without this, the page would not hear of a rejected promise that nobody waits for.
addEventListener('unhandledrejection', ({ reason }) => fail(reason));

// The adapter, or why there is none.
async function findAdapter() {
  if (!isSecureContext) return 'browsers offer a GPU only to secure addresses: https, or 127.0.0.1';
  if (!navigator.gpu) return 'this browser has no WebGPU';
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return 'this browser finds no GPU that it may use';
  // Older browsers say it of the adapter itself.
  const isSoftware = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter;
  if (isSoftware && !wanted.has('software')) return 'this browser finds no GPU, only slow software in its place';
  return adapter;
}

async function start() {
  const adapter = await findAdapter();
  if (typeof adapter === 'string') return tell({ kind: 'no_gpu', text: adapter });
  const load = async () => {
    const response = await fetch(new URL('./gpu_bg.wasm', import.meta.url));
    if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
    return response.arrayBuffer();
  };
  const [device, { initSync }, module] = await Promise.all([adapter.requestDevice(), import('./gpu.js'), load()]);
  device.lost.then(({ reason, message }) => fail(`the GPU was lost: ${message || reason || 'no reason was given'}`));
  device.onuncapturederror = ({ error }) => fail(`the GPU refused: ${error.message}`);
  self.dartboard_gpu = new Gpu(adapter, device);
  initSync({ module });
}

// What the program calls (src/gpu/glue.rs).
class Gpu {
  #device;
  #pipeline;
  #cells;
  // Two sets of buffers, used in turn: no more than two chunks are here at once.
  #lanes = [null, null];
  // Resolved once the counts of the previous chunk were passed on.
  #told = Promise.resolve();

  constructor({ info }, device) {
    this.#device = device;
    this.name = [info?.vendor, info?.architecture, info?.description].filter(Boolean).join(' ');
    this.largest_buffer = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    this.most_steps = Number(wanted.get('steps')) || 0xffffffff;
  }

  // Makes the program `entryPoint` of `code` ready, then calls `then`.
  open(code, entryPoint, cells, then) {
    const device = this.#device;
    const { STORAGE, COPY_DST } = GPUBufferUsage;
    this.#cells = device.createBuffer({ size: cells.length, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(this.#cells, 0, cells);
    const compute = { module: device.createShaderModule({ code }), entryPoint, constants };
    const made = device.createComputePipelineAsync({ layout: 'auto', compute });
    made.then((pipeline) => {
      this.#pipeline = pipeline;
      then();
    }).catch(fail);
  }

  // Has `workgroups` carry out each of `jobs`, of `jobBytes` bytes, and passes the counts to `then`, after those of the previous chunk.
  // `state` and `counts` are the sizes of the buffers in bytes, of which `read` bytes are read.
  count(jobs, jobBytes, workgroups, state, counts, read, then) {
    const device = this.#device;
    const { queue } = device;
    const lane = this.#lane(jobBytes, state, counts);
    for (let at = 0; at < jobs.length; at += jobBytes) {
      queue.writeBuffer(lane.job, 0, jobs, at, jobBytes);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(this.#pipeline);
      pass.setBindGroup(0, lane.group);
      pass.dispatchWorkgroups(workgroups);
      pass.end();
      if (at + jobBytes === jobs.length) encoder.copyBufferToBuffer(lane.counts, 0, lane.read, 0, read);
      // Submitted separately, so that frames can come in between.
      queue.submit([encoder.finish()]);
    }
    const before = this.#told;
    const tellCounts = async () => {
      await lane.read.mapAsync(GPUMapMode.READ, 0, read);
      await before;
      const counted = new Uint32Array(lane.read.getMappedRange(0, read)).slice();
      lane.read.unmap();
      if (!hasFailed) then(counted);
    };
    this.#told = tellCounts().catch((error) => setTimeout(fail, LOSS_MS, error));
  }

  // The next set of buffers, made anew if they are too short.
  #lane(jobBytes, state, counts) {
    const lane = this.#lanes.shift();
    const fits = lane && lane.state.size >= state;
    if (lane && !fits) for (const buffer of [lane.job, lane.state, lane.counts, lane.read]) buffer.destroy();
    const next = fits ? lane : this.#newLane(jobBytes, state, counts);
    this.#lanes.push(next);
    return next;
  }

  #newLane(jobBytes, state, counts) {
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const make = (size, usage) => this.#device.createBuffer({ size, usage });
    const lane = {
      job: make(jobBytes, UNIFORM | COPY_DST),
      state: make(state, STORAGE),
      counts: make(counts, STORAGE | COPY_SRC),
      read: make(counts, MAP_READ | COPY_DST),
    };
    const buffers = [lane.job, this.#cells, lane.state, lane.counts];
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    lane.group = this.#device.createBindGroup({ layout: this.#pipeline.getBindGroupLayout(0), entries });
    return lane;
  }
}

start().catch(fail);
