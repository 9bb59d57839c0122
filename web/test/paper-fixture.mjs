// A report of the paper's figures for the page's tests. THE FIGURES ARE MADE UP: nobody measured them.

const quantity = (name, unit, title, of_paper = true, better = "lower") => ({ name, unit, title, better, of_paper });
const value = (mean, part = 0.05) => ({ mean, ci95: mean === null ? [] : [mean * (1 - part), mean * (1 + part)] });
const none = { mean: null, ci95: [] };

function claim(name, more) {
  return {
    name,
    text: `What the paper says of ${name}.`,
    place: "section 4, p. 407",
    unit: "",
    paper: null,
    ours: none,
    in_words: "",
    degree: "direction",
    verdict: "agrees in order and direction",
    because: "A made-up reason.",
    calibrated: false,
    system: "",
    quantity: "",
    ...more,
  };
}

function figure(name, more) {
  return {
    name,
    title: name,
    caption: "",
    place: "section 4, p. 407",
    summary: "Made-up figures.",
    form: "bars",
    x_title: "",
    groups: [""],
    xs: [""],
    quantities: [],
    rows: [],
    claims: [],
    notes: [],
    rivals: [],
    commands: [`flms compare scenarios/paper/${name}.yaml`],
    ...more,
  };
}

/** Curves of one system: how the paper draws figure 1. */
export const curves = figure("fig1", {
  title: "Figure 1",
  caption: "latency grows with the number of VMs",
  form: "lines",
  x_title: "other VMs",
  groups: ["all idle", "all busy"],
  xs: ["1", "2", "3", "4"],
  quantities: [quantity("latency", "ms", "mean round trip"), quantity("latency_p99", "ms", "99 of 100 within", false)],
  rows: ["all idle", "all busy"].flatMap((group, g) =>
    ["1", "2", "3", "4"].map((x, i) => ({
      system: "credit",
      group,
      x,
      values: [value(g === 0 ? 0.03 : 4 * (i + 1), i === 3 ? 1.5 : 0.1), value(g === 0 ? 0.04 : 30 * (i + 1))],
      published: [null, null],
    })),
  ),
  claims: [claim("grows", { calibrated: true, in_words: "4, 8, 12, 16 ms" })],
});

/** A table of systems, with the paper's numbers for some. */
export const table = figure("table1", {
  title: "Table 1",
  caption: "latency and bandwidth",
  form: "table",
  quantities: [
    quantity("latency", "ms", "mean round trip"),
    quantity("bandwidth", "Mbps", "TCP bandwidth", true, "higher"),
    quantity("latency_p99", "ms", "99 of 100 within", false),
    quantity("fairness", "", "Jain's index of all VMs' CPU", false, "higher"),
  ],
  rows: [
    ["credit", 11.7, 16.9],
    ["flms", 12.6, 3.9],
    ["flms-default", 1.5, null],
    ["kvm", 2.4, 5.3],
    ["eevdf", 1.4, null],
    ["something-new", 0.05, null],
  ].map(([system, ours, paper]) => ({
    system,
    group: "",
    x: "",
    values: [value(ours), none, value(ours * 8), value(0.99, 0.001)],
    published: [paper, paper === null ? null : 1100, null, null],
  })),
  claims: [
    claim("latency-credit", { paper: 16.9, unit: "ms", ours: value(11.7), calibrated: true }),
    claim("latency-flms", { paper: 0.234, ours: value(1.09), degree: "differs", verdict: "differs" }),
    claim("latency-kvm", { paper: 0.313, ours: value(0.32), degree: "value", verdict: "agrees in value" }),
  ],
  notes: ["vTurbo: the paper's value cannot come from the published design."],
  rivals: ["flms loses in mean round trip (12.6 ms) to kvm (2.4 ms, but switches more); eevdf (1.4 ms)."],
});

/** Columns by load and system, with what the paper says of a system over all loads. */
export const loads = figure("fig9", {
  title: "Figure 9",
  caption: "how often vCPUs migrate, and how far",
  x_title: "load of each busy VM, %",
  xs: ["50", "95"],
  quantities: [
    quantity("migrations", "", "migrations in 10 s"),
    quantity("cross_socket", "%", "of them between sockets"),
    quantity("steals", "", "steals in 10 s", false),
  ],
  rows: ["50", "95"].flatMap((x, i) =>
    ["credit", "flms", "credit2"].map((system, s) => ({
      system,
      group: "",
      x,
      values: [value(1500 / (s + 1) / (i * 9 + 1)), value(s === 2 ? 0 : 30 / (s + 1), 4), value(40)],
      published: [null, null, null],
    })),
  ),
  claims: [
    claim("cross-credit", { paper: 31, unit: "%", ours: value(34), system: "credit", quantity: "cross_socket" }),
  ],
});

/** Several quantities of one kind: how the paper draws figure 13. */
export const shares = figure("fig13", {
  title: "Figure 13",
  quantities: [...[1, 2, 3].map((n) => quantity(`vm${n}`, "%", `VM ${n}`, true, "")), table.quantities[3]],
  rows: ["credit", "flms"].map((system) => ({
    system,
    group: "",
    x: "",
    values: [value(14), value(13.8), value(14.1), value(0.99)],
    published: [null, null, null, null],
  })),
});

/** One thing changed at a time, halved and doubled: how sensitivity is shown. Credit is what the others are held to. */
export const changes = figure("sensitivity", {
  title: "How much hangs on what was assumed",
  place: "",
  x_title: "changed to",
  groups: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `change ${n}`),
  xs: ["as it is", "half", "double"],
  quantities: [quantity("latency_to_credit", "", "latency, as a part of Credit's")],
  rows: ["credit", "flms"].flatMap((system) =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) =>
      (n === 0 ? ["as it is"] : ["half", "double"]).map((x) => ({
        system,
        group: `change ${n}`,
        x,
        values: [value(system === "credit" ? null : n === 0 ? 0.5 : (x === "half" ? n : 2 * n) / 10)],
        published: [null],
      })),
    ),
  ),
});

export const paperFixture = () =>
  structuredClone({
    kind: "paper",
    title: "The paper's figures, and ours (made up)",
    summary: "These figures were made up to test the page; nobody measured them.",
    command: "flms paper --report paper.html",
    version: "0.1.0",
    replications: 10,
    systems: [
      ["credit", "paper"],
      ["flms", "paper"],
      ["flms-default", "flms"],
      ["kvm", "paper"],
      ["eevdf", "later"],
      ["something-new", "later"],
      ["credit2", "later"],
    ].map(([name, family]) => ({ name, family, what: `What ${name} is.` })),
    figures: [curves, table, loads, shares, changes],
    assumptions: ["A context switch costs 1.5 µs.", "<b>not bold</b>"],
    warnings: ["These figures are made up: they test the page."],
  });
