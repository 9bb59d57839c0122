// Makes report data of any size for the page's tests. THE FIGURES ARE MADE UP: nobody measured them.
// `node test/fixture.mjs > test/fixtures/report.json` writes the small one; the C# tests then complete and check it.
import { pathToFileURL } from "node:url";

/** Report data with so many schedulers and VMs, of which `latencyVms` are pinged; always the same. */
export function fixture({ schedulers = 2, vms = 5, latencyVms = 1, pcpus = 4, points = 60, runsMs = 60 } = {}) {
  const random = stream(20250101);
  const names = Array.from({ length: vms }, (_, i) =>
    i < latencyVms ? (latencyVms > 1 ? `web${i + 1}` : "web") : `batch${i}`,
  );
  const policies = ["credit", "flms", ...Array.from({ length: schedulers }, (_, i) => `policy-${i + 3}`)].slice(
    0,
    schedulers,
  );
  const data = {
    title: "Noisy neighbours (made-up figures)",
    scenario: "scenarios/noisy-neighbour.yaml",
    summary:
      "A latency-sensitive VM beside batch VMs. These figures were made up to test the page; nobody measured them.",
    finding: "",
    command: `flms compare scenarios/noisy-neighbour.yaml --schedulers ${policies.join(",")} --replications 5 --seed 7`,
    seed: "9007199254740993",
    replications: 5,
    duration_s: 60,
    warmup_s: 2,
    machine: `1 socket, ${pcpus} cores, 1 thread a core: ${pcpus} pCPUs`,
    version: "0.1.0",
    vms: names.map((name, i) => ({
      name,
      kind: i < latencyVms ? "latency" : "compute",
      vcpus: 2,
      weight: 256,
      cap: 0,
      workload: i < latencyVms ? "ping every 20 ms" : "lookbusy 50 %",
    })),
    schedulers: [],
    columns: [],
    distributions: [],
    cpu_shares: [],
    timelines: [],
    warnings: ["These figures are made up: they test the page."],
    assumptions: [
      "A context switch costs 1.5 µs.",
      "Pings cross an idle network in 30 µs <script>alert(1)</script> <!--",
    ],
  };
  const columns = new Map();
  policies.forEach((scheduler, s) => {
    const slow = scheduler === "flms" ? 0.6 : 2 + 14 * random();
    const measures = {};
    names.forEach((vm, v) => {
      const waits = curve(random, slow * (v < latencyVms ? 1 : 2), points);
      if (v < latencyVms) {
        const trips = curve(random, slow, points).map((x) => x + 0.03);
        data.distributions.push({ scheduler, vm, kind: "rtt", ...cumulative(trips) });
        measures[`${vm}.ping.rtt_ms`] = measure(trips, "ms", random);
        data.distributions.push({ scheduler, vm, kind: "wait", ...cumulative(waits) });
      }
      measures[`${vm}.wait_ms`] = measure(waits, "ms", random);
      const share = round(
        (v < latencyVms ? 1.5 : (96 - latencyVms * 1.5) / Math.max(1, vms - latencyVms)) * (0.85 + 0.15 * random()),
      );
      data.cpu_shares.push({ scheduler, vm, mean: share, ci95: [round(share * 0.985), round(share * 1.015)] });
      measures[`${vm}.cpu_share`] = {
        ...empty("%"),
        mean: share,
        ci95: [round(share * 0.985), round(share * 1.015)],
        n: 5,
      };
    });
    for (const [name, scale] of [
      ["host.switches_per_s", 900],
      ["host.migrations_per_s.same_core", 0.4],
      ["host.migrations_per_s.same_socket", 60],
      ["host.migrations_per_s.remote", 3],
    ]) {
      const mean = round(scale * (0.5 + random()));
      measures[name] = { ...empty("/s"), mean, ci95: [round(mean * 0.97), round(mean * 1.03)], n: 5 };
    }
    data.schedulers.push({
      name: scheduler,
      label: scheduler === "flms" ? "FLMS (paper)" : "",
      options:
        s === 0
          ? []
          : [
              { name: "short_slice", value: "5ms" },
              { name: "threshold_a", value: "40 credits" },
            ],
      measures,
    });
    for (const [name, measured] of s > 0 ? Object.entries(measures) : []) {
      const times = measured.mean / data.schedulers[0].measures[name].mean;
      measured.vs_first = { mean: round(times), ci95: [round(times * 0.97), round(times * 1.03)] };
    }
    data.timelines.push(timeline(random, scheduler, names, pcpus, runsMs));
    for (const name of ["web.ping.rtt_ms", "web1.ping.rtt_ms", "host.switches_per_s"])
      if (measures[name])
        columns.set(name, [
          ...(columns.get(name) ?? []),
          {
            scheduler,
            value: measures[name].mean,
            ci95: measures[name].ci95,
            vs_first: measures[name].vs_first,
            best: scheduler === "flms",
            tied: false,
          },
        ]);
  });
  data.columns = [...columns].map(([name, cells]) => ({
    group: name,
    label: "mean",
    unit: cells.length ? data.schedulers[0].measures[name].unit : "",
    better: "lower",
    note: "A made-up column.",
    cells,
  }));
  return data;
}

function timeline(random, scheduler, names, pcpus, runsMs) {
  const start = 5_000_000;
  const end = start + runsMs * 1000;
  const runs = [];
  const instants = [];
  for (let pcpu = 0; pcpu < pcpus; pcpu++) {
    for (let t = start; t < end;) {
      const vm = Math.floor(random() * names.length);
      const vcpu = `${names[vm]}/${pcpu % 2}`;
      const wanted = names[vm].startsWith("web") ? 200 + 600 * random() : 2000 + 8000 * random();
      const to = Math.min(end, Math.round(t + wanted));
      if (names[vm].startsWith("web"))
        instants.push({ kind: "wake", t_us: Math.max(start, t - Math.round(900 * random())), pcpu, vcpu });
      if (random() < 0.1)
        instants.push({ kind: ["boost", "steal", "migrate"][Math.floor(3 * random())], t_us: t, pcpu, vcpu });
      runs.push({ pcpu, vcpu, start_us: t, end_us: to });
      t = to + (random() < 0.15 ? Math.round(1500 * random()) : 0);
    }
  }
  return { scheduler, start_us: start, end_us: end, pcpus, runs, instants };
}

/** A sweep of two schedulers with a setting each, and one without, under three loads. */
export function sweepFixture() {
  const random = stream(5);
  const loads = ["light", "medium", "heavy"];
  const settings = [
    ["credit", "30ms", ""],
    ["credit", "1ms", ""],
    ["flms", "", "1ms"],
    ["flms", "", "100us"],
    ["round-robin", "", ""],
  ];
  const rows = settings.flatMap(([scheduler, tslice, slice], s) =>
    loads.map((load, l) => ({
      scheduler,
      options: "",
      values: [tslice, slice, load],
      load: `load=${load}`,
      runs: 8,
      figures: [
        estimate(round(0.2 * 6 ** s * (1 + l) * (0.9 + 0.2 * random()))),
        estimate(round(0.5 + 0.1 * s - 0.05 * l)),
        estimate(s === 4 ? null : round(0.9 + 0.02 * s)),
      ],
      fronts: [true, s < 4],
    })),
  );
  return {
    kind: "sweep",
    title: "A small sweep",
    summary: "What slices do.",
    command: "flms sweep report small.db --html small.html",
    version: "0.1.0-0123456789ab",
    points: 120,
    done: 120,
    axes: [
      { name: "credit.tslice", values: ["30ms", "1ms"], setting: true },
      { name: "flms.sp_slice", values: ["1ms", "100us"], setting: true },
      { name: "load", values: loads, setting: false },
    ],
    schedulers: ["credit", "flms", "round-robin"],
    goals: [
      { name: "latency", formula: "web.ping.rtt_ms.p99", unit: "ms", better: "lower" },
      { name: "throughput", formula: "*.cpu_share - web.cpu_share", unit: "", better: "higher" },
      { name: "fairness", formula: "host.fairness", unit: "", better: "higher" },
    ],
    rows,
    warnings: [],
  };
}

const estimate = (mean) => ({ mean, ci95: mean === null ? [] : [round(mean * 0.95), round(mean * 1.05)] });

/** Ascending values: mostly short ones, some long. */
function curve(random, scale, points) {
  const values = Array.from({ length: points }, () =>
    random() < 0.55 ? 0.02 * random() : -scale * Math.log(1 - random()),
  );
  return values.map(round).sort((a, b) => a - b);
}

function cumulative(values) {
  return { value_ms: values, fraction: values.map((_, i) => round((i + 1) / values.length)), n: 15_000 };
}

function measure(values, unit, random) {
  const at = (q) => values[Math.min(values.length - 1, Math.floor(q * values.length))];
  const mean = round(values.reduce((a, b) => a + b, 0) / values.length);
  const half = mean * (0.02 + 0.08 * random());
  return {
    mean,
    ci95: [round(mean - half), round(mean + half)],
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: values[values.length - 1],
    n: 15_000,
    unit,
    vs_first: null,
  };
}

const empty = (unit) => ({
  mean: null,
  ci95: [],
  p50: null,
  p90: null,
  p99: null,
  max: null,
  n: 0,
  unit,
  vs_first: null,
});
const round = (x) => Number(x.toPrecision(5));

/** Park and Miller's generator: small and the same everywhere. */
function stream(seed) {
  let state = seed % 2147483647;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.stdout.write(JSON.stringify(fixture({ points: 24, runsMs: 30 })) + "\n");
