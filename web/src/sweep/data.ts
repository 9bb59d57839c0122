/** The data of a sweep's report, as Flms.Report writes it (src/Flms.Report/SweepReportData.cs explains every field). */
import type { Figure, Interval } from "../data";

export interface SweepData {
  kind: "sweep";
  title: string;
  summary: string;
  command: string;
  version: string;
  points: number;
  done: number;
  axes: Axis[];
  schedulers: string[];
  goals: Goal[];
  rows: Row[];
  warnings: string[];
}

export interface Axis {
  name: string;
  values: string[];
  setting: boolean;
}

export interface Goal {
  name: string;
  formula: string;
  unit: string;
  better: string;
}

export interface Row {
  scheduler: string;
  options: string;
  values: string[];
  load: string;
  runs: number;
  figures: { mean: Figure; ci95: Interval }[];
  fronts: boolean[];
}

/** The scheduler with the values of its settings, as in "flms, flms.sp_slice=1ms". */
export const settingOf = (data: SweepData, row: Row): string =>
  [row.scheduler, ...data.axes.map((a, i) => (a.setting && row.values[i] ? `${a.name}=${row.values[i]}` : ""))]
    .filter((part) => part !== "")
    .join(", ");

/** The loads in the order of their first row. */
export const loadsOf = (data: SweepData): string[] => [...new Set(data.rows.map((r) => r.load))];
