/** The report's data, as Flms.Report writes it (src/Flms.Report/ReportData.cs explains every field). */

/** A figure; null where there is none. */
export type Figure = number | null;

/** A confidence interval: low and high, or empty when there is none. */
export type Interval = number[];

export interface ReportData {
  title: string;
  scenario: string;
  summary: string;
  finding: string;
  command: string;
  seed: string;
  replications: number;
  duration_s: number;
  warmup_s: number;
  machine: string;
  version: string;
  vms: Vm[];
  schedulers: Scheduler[];
  columns: Column[];
  distributions: Distribution[];
  cpu_shares: CpuShare[];
  timelines: Timeline[];
  warnings: string[];
  assumptions: string[];
}

export interface Vm {
  name: string;
  kind: string;
  vcpus: number;
  weight: number;
  cap: number;
  workload: string;
}

export interface Scheduler {
  name: string;
  label: string;
  options: { name: string; value: string }[];
  measures: Record<string, Measure>;
}

export interface Measure {
  mean: Figure;
  ci95: Interval;
  p50: Figure;
  p90: Figure;
  p99: Figure;
  max: Figure;
  n: number;
  unit: string;
  /** How many times as large as under the first scheduler, from pairs of replications. */
  vs_first: Ratio | null;
}

export interface Ratio {
  mean: Figure;
  ci95: Interval;
}

export type LatencyKind = "rtt" | "wait";

export interface Distribution {
  scheduler: string;
  vm: string;
  kind: LatencyKind;
  value_ms: number[];
  fraction: number[];
  n: number;
}

export interface CpuShare {
  scheduler: string;
  vm: string;
  mean: Figure;
  ci95: Interval;
}

export interface Timeline {
  scheduler: string;
  start_us: number;
  end_us: number;
  pcpus: number;
  runs: TimelineRun[];
  instants: TimelineInstant[];
}

export interface TimelineRun {
  pcpu: number;
  vcpu: string;
  start_us: number;
  end_us: number;
}

export interface TimelineInstant {
  kind: string;
  t_us: number;
  pcpu: number;
  vcpu: string;
}

export interface Column {
  group: string;
  label: string;
  unit: string;
  better: string;
  note: string;
  cells: { scheduler: string; value: Figure; ci95: Interval; vs_first: Ratio | null; best: boolean; tied: boolean }[];
}

/** What people read for a scheduler. */
export const shown = (s: Scheduler): string => s.label || s.name;

/** The VM of a vCPU written as VM/INDEX. */
export function vmOf(vcpu: string): string {
  const slash = vcpu.lastIndexOf("/");
  return slash < 0 ? vcpu : vcpu.slice(0, slash);
}

export const latencyNames: Record<LatencyKind, { name: string; what: string }> = {
  rtt: { name: "Round trip", what: "from a request's sending to its answer, as the client measures it" },
  wait: { name: "Wait", what: "from runnable to running" },
};

/** A VM's measure of that kind, if it has one: of round trips those of pings, else of the workload first by name. */
export function latencyMeasure(s: Scheduler, vm: string, kind: LatencyKind): Measure | undefined {
  if (kind === "wait") return s.measures[`${vm}.wait_ms`];
  const trips = Object.keys(s.measures)
    .filter((name) => name.startsWith(`${vm}.`) && /^[^.]+\.rtt_ms$/.test(name.slice(vm.length + 1)))
    .sort();
  const ping = `${vm}.ping.rtt_ms`;
  const name = trips.includes(ping) ? ping : trips[0];
  return name === undefined ? undefined : s.measures[name];
}

/** The VMs whose latency is charted: those with a round trip, else the latency-sensitive, else all with a wait. */
export function latencyVms(data: ReportData): Vm[] {
  const has = (vm: Vm, kind: LatencyKind) =>
    data.distributions.some((d) => d.vm === vm.name && d.kind === kind) ||
    data.schedulers.some((s) => latencyMeasure(s, vm.name, kind) !== undefined);
  const pinged = data.vms.filter((vm) => has(vm, "rtt"));
  if (pinged.length > 0) return pinged;
  const waiting = data.vms.filter((vm) => has(vm, "wait"));
  const sensitive = waiting.filter((vm) => vm.kind === "latency" || vm.kind === "mixed");
  return sensitive.length > 0 ? sensitive : waiting;
}
