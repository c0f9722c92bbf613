// For tests, behind count.wgsl: what no block is sure to meet. See edge.rs.
struct Case { dart: vec2<u32>, leaf: u32, rank: u32, lo: vec4<u32>, hi: vec4<u32> }
struct Answer { in_circle: u32, counted: u32, open: u32, negative: u32, low_words: vec2<u32> }

@group(0) @binding(4) var<storage, read> cases: array<Case>;
@group(0) @binding(5) var<storage, read_write> answers: array<Answer>;

fn flags(lo: vec4<bool>, hi: vec4<bool>) -> u32 {
  return dot(select(vec4(0u), vec4(1u, 4u, 16u, 64u), lo), vec4(1u)) + dot(select(vec4(0u), vec4(2u, 8u, 32u, 128u), hi), vec4(1u));
}

@compute @workgroup_size(64)
fn edge(@builtin(global_invocation_id) id: vec3<u32>) {
  if id.x >= arrayLength(&cases) { return; }
  let given = cases[id.x];
  let cell = cells[given.leaf];
  let place = vec2(cell.z & 0xffu, cell.z >> 8u);
  block = job.first;
  out = Wide(given.lo, given.hi);
  aim(place);
  look(8u, cell.x, given.rank, place);
  let lo = sums(out.lo);
  let hi = sums(out.hi);
  answers[id.x] = Answer(
    in_circle(given.dart),
    counted.x + counted.y + counted.z + counted.w,
    flags(is_open(lo), is_open(hi)),
    flags((lo >> vec4(31u)) == vec4(1u), (hi >> vec4(31u)) == vec4(1u)),
    low_words(cell.x, given.rank),
  );
}
