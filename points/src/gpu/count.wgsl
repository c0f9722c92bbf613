// One invocation counts one block. What it does, and why, is said in ../gpu.rs.
struct Job { seed: vec2<u32>, first: vec2<u32>, blocks: u32, points: u32, begin: u32, end: u32 }
struct Wide { lo: vec4<u32>, hi: vec4<u32> }

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> cells: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> inside: array<u32>;

override WIDEN: u32 = 0u;
override SETTLED: bool = false;

var<private> a: Wide;
var<private> b: Wide;
var<private> c: Wide;
var<private> counter: u32;
var<private> out: Wide;
var<private> index: u32;
var<private> block: vec2<u32>;
var<private> ones: vec4<u32>;
var<private> counted: vec4<u32>;
var<private> factors: vec2<i32>;
var<private> constant: u32;

fn plus(x: Wide, y: Wide) -> Wide {
  let lo = x.lo + y.lo;
  return Wide(lo, x.hi + y.hi + vec4<u32>(lo < y.lo));
}

fn step() {
  out = plus(plus(a, b), Wide(vec4(counter), vec4(0u)));
  a = Wide(b.lo ^ ((b.lo >> vec4(11u)) | (b.hi << vec4(21u))), b.hi ^ (b.hi >> vec4(11u)));
  b = plus(c, Wide(c.lo << vec4(3u), (c.hi << vec4(3u)) | (c.lo >> vec4(29u))));
  c = plus(Wide((c.lo << vec4(24u)) | (c.hi >> vec4(8u)), (c.hi << vec4(24u)) | (c.lo >> vec4(8u))), out);
  counter += 1u;
}

fn first_bits(n: u32, begin: vec4<u32>) -> vec4<u32> {
  let bits = max(vec4(n), begin) - begin;
  return select((vec4(1u) << (bits & vec4(31u))) - vec4(1u), vec4(0xffffffffu), bits >= vec4(32u));
}

fn ask(n: u32) {
  step();
  ones += countOneBits(out.lo & first_bits(n, vec4(0u, 64u, 128u, 192u)));
  ones += countOneBits(out.hi & first_bits(n, vec4(32u, 96u, 160u, 224u)));
}

fn product(x: u32, y: u32) -> vec2<u32> {
  let xl = x & 0xffffu;
  let xh = x >> 16u;
  let yl = y & 0xffffu;
  let yh = y >> 16u;
  let left = xh * yl;
  let right = xl * yh;
  let middle = ((xl * yl) >> 16u) + (left & 0xffffu) + (right & 0xffffu);
  return vec2(x * y, xh * yh + (left >> 16u) + (right >> 16u) + (middle >> 16u));
}

fn mixed(words: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  let p = product(0xd2511f53u, words.x);
  let q = product(0xcd9e8d57u, words.z);
  return vec4(q.y ^ words.y ^ key.x, q.x, p.y ^ words.w ^ key.y, p.x);
}

fn low_words(number: u32, rank: u32) -> vec2<u32> {
  let key = job.seed;
  let next = vec2(0x9e3779b9u, 0xbb67ae85u);
  var words = mixed(vec4(rank, number, block), key);
  words = mixed(words, key + next);
  words = mixed(words, key + 2u * next);
  words = mixed(words, key + 3u * next);
  words = mixed(words, key + 4u * next);
  words = mixed(words, key + 5u * next);
  words = mixed(words, key + 6u * next);
  words = mixed(words, key + 7u * next);
  words = mixed(words, key + 8u * next);
  return mixed(words, key + 9u * next).xy;
}

fn in_circle(dart: vec2<u32>) -> u32 {
  let x = product(dart.x, dart.x + 1u);
  let y = product(dart.y, dart.y + 1u);
  return u32(x.y + y.y + u32(x.x + y.x < x.x) < 0x40000000u);
}

fn decide(number: u32, rank: u32, lead: vec2<u32>, bits: vec2<u32>) -> u32 {
  return in_circle((lead << (31u - bits)) | (low_words(number, rank) >> (1u + bits)));
}

fn sums(words: vec4<u32>) -> vec4<u32> {
  let l = bitcast<vec4<i32>>(words << vec4(16u)) >> vec4(16u);
  let m = bitcast<vec4<i32>>(words) >> vec4(16u);
  return bitcast<vec4<u32>>(l * factors.x + m * factors.y) + (bitcast<vec4<u32>>(l * l + m * m) >> vec4(16u)) + constant;
}

fn aim(place: vec2<u32>) {
  let middle = 2u * place + vec2(1u);
  factors = vec2<i32>(middle);
  constant = ((middle.x * middle.x + middle.y * middle.y) << 14u) - 0x4000000u + 92u + WIDEN;
}

fn is_open(sums: vec4<u32>) -> vec4<bool> { return sums < vec4(92u + 2u * WIDEN); }

fn look(n: u32, number: u32, rank: u32, place: vec2<u32>) {
  let lo = select(vec4(0x7fffffffu), sums(out.lo), vec4(0u, 2u, 4u, 6u) < vec4(n));
  let hi = select(vec4(0x7fffffffu), sums(out.hi), vec4(1u, 3u, 5u, 7u) < vec4(n));
  counted += (lo >> vec4(31u)) + (hi >> vec4(31u));
  if any(is_open(min(lo, hi))) {
    var words = out;
    for (var i = 0u; i < n; i += 1u) {
      if is_open(sums(words.lo)).x {
        let next = vec2(words.lo.x & 0xffffu, words.lo.x >> 16u) ^ vec2(0x8000u);
        counted.x += decide(number, rank + i, (place << vec2(16u)) | next, vec2(21u));
      }
      words = Wide(words.hi, words.lo.yzww);
    }
  }
}

fn place_of(row: u32) -> u32 { return row * job.blocks + index; }

fn send(cell: vec4<u32>, half: u32, darts: u32) {
  let row = (cell.w >> (8u + 8u * half)) & 0xffu;
  if row >= 28u {
    state[place_of(row)] = darts;
  } else if SETTLED {
    let widths = vec2(cell.y & 0xffu, cell.y >> 8u);
    let place = vec2(cell.z & 0xffu, cell.z >> 8u);
    let in_x = widths.x < widths.y || (widths.x == widths.y && place.x >= place.y);
    let bit = select(vec2(0u, 1u), vec2(1u, 0u), in_x);
    for (var rank = 0u; rank < darts; rank += 1u) {
      counted.x += decide(2u * cell.x + half, rank, (place << bit) + bit * half, widths + bit);
    }
  } else {
    counted.x += row * darts;
  }
}

fn saved(row: u32) -> vec4<u32> {
  return vec4(state[place_of(row)], state[place_of(row + 1u)], state[place_of(row + 2u)], state[place_of(row + 3u)]);
}

fn save(row: u32, words: vec4<u32>) {
  state[place_of(row)] = words.x;
  state[place_of(row + 1u)] = words.y;
  state[place_of(row + 2u)] = words.z;
  state[place_of(row + 3u)] = words.w;
}

@compute @workgroup_size(64)
fn count(@builtin(global_invocation_id) id: vec3<u32>) {
  index = id.x;
  if index >= job.blocks { return; }
  block = job.first + vec2(index, 0u);
  block.y += u32(block.x < index);
  var at = 0u;
  var left = job.points;
  if job.begin == 0u {
    a = Wide(vec4(job.seed.x), vec4(job.seed.y));
    b = Wide(vec4(block.x), vec4(block.y));
    c = Wide(vec4(0u, 1u, 2u, 3u), vec4(0u));
    counter = 1u;
    while counter < 19u { step(); }
    state[place_of(28u)] = left;
  } else {
    a = Wide(saved(0u), saved(4u));
    b = Wide(saved(8u), saved(12u));
    c = Wide(saved(16u), saved(20u));
    let rest = saved(24u);
    at = rest.x;
    left = rest.y;
    ones.x = rest.z;
    counter = rest.w;
    counted.x = inside[index];
  }
  let end = 19u + job.end;
  while at < arrayLength(&cells) && counter < end {
    let cell = cells[at];
    let darts = state[place_of(cell.w & 0xffu)];
    if cell.x < 1024u {
      while left >= 256u && counter < end {
        ask(256u);
        left -= 256u;
      }
      if left < 256u {
        if left > 0u { ask(left); }
        left = 0u;
        let in_1 = ones.x + ones.y + ones.z + ones.w;
        ones = vec4(0u);
        send(cell, 0u, darts - in_1);
        send(cell, 1u, in_1);
      }
    } else {
      let place = vec2(cell.z & 0xffu, cell.z >> 8u);
      aim(place);
      while left >= 8u && counter < end {
        step();
        look(8u, cell.x, darts - left, place);
        left -= 8u;
      }
      if left < 8u {
        if left > 0u {
          step();
          look(left, cell.x, darts - left, place);
        }
        left = 0u;
      }
    }
    if left == 0u {
      at += 1u;
      if at < arrayLength(&cells) { left = state[place_of(cells[at].w & 0xffu)]; }
    }
  }
  inside[index] = counted.x + counted.y + counted.z + counted.w;
  save(24u, vec4(at, left, ones.x + ones.y + ones.z + ones.w, counter));
  if at < arrayLength(&cells) {
    save(0u, a.lo);
    save(4u, a.hi);
    save(8u, b.lo);
    save(12u, b.hi);
    save(16u, c.lo);
    save(20u, c.hi);
  }
}
