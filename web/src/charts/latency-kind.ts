/** What charts of latency have in common: which kind they show, and one chart a VM. */
import { latencyNames, type LatencyKind } from "../data";
import { choice, el } from "../dom";
import type { Chart } from "./chart";

/** Those kinds of latency for which there is something to show. */
export const kindsWith = (has: (kind: LatencyKind) => boolean): LatencyKind[] => (["rtt", "wait"] as const).filter(has);

/** Buttons to choose the kind; null when there is no choice. */
export function kindChoice(kinds: LatencyKind[], pick: (kind: LatencyKind) => void): HTMLElement | null {
  if (kinds.length < 2) return null;
  return choice(
    "Latency",
    kinds.map((k) => ({ value: k, text: latencyNames[k].name })),
    kinds[0]!,
    pick,
  );
}

/** The charts, beside one another where they are `small`; a sentence when there are none. */
export function latencyCharts(charts: Chart[], small = true): HTMLElement {
  if (charts.length === 0) return el("p", { class: "empty" }, "No latency was measured in this report.");
  return el(
    "div",
    { class: charts.length > 1 && small ? "grid" : "" },
    charts.map((c) => c.figure),
  );
}
