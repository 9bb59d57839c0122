/** The data of the paper's report, as Flms.Report writes it (src/Flms.Report/PaperReportData.cs tells more). */
import type { Figure, Interval } from "../data";

export interface PaperData {
  kind: "paper";
  title: string;
  summary: string;
  command: string;
  version: string;
  replications: number;
  systems: System[];
  figures: PaperFigure[];
  assumptions: string[];
  warnings: string[];
}

export interface System {
  name: string;
  what: string;
  family: "paper" | "flms" | "later";
}

export interface PaperFigure {
  name: string;
  title: string;
  /** What it shows, in a few words; may be empty. */
  caption: string;
  place: string;
  summary: string;
  form: "lines" | "bars" | "table";
  x_title: string;
  groups: string[];
  xs: string[];
  quantities: Quantity[];
  rows: Row[];
  claims: Claim[];
  notes: string[];
  rivals: string[];
  commands: string[];
}

export interface Quantity {
  name: string;
  unit: string;
  title: string;
  better: "lower" | "higher" | "";
  of_paper: boolean;
}

export interface Value {
  mean: Figure;
  ci95: Interval;
}

export interface Row {
  system: string;
  group: string;
  x: string;
  values: Value[];
  published: Figure[];
}

export type Degree = "value" | "direction" | "differs" | "none";

export interface Claim {
  name: string;
  text: string;
  place: string;
  unit: string;
  paper: Figure;
  ours: Value;
  in_words: string;
  degree: Degree;
  verdict: string;
  because: string;
  calibrated: boolean;
  /** The system and the quantity that it speaks of at all places of the figure together; empty otherwise. */
  system: string;
  quantity: string;
}

/** The systems of a figure, in the order of its rows. */
export const systemsOf = (figure: PaperFigure): string[] => [...new Set(figure.rows.map((r) => r.system))];
