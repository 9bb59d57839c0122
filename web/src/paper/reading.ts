/** Pictures in words: for pointers and for those who cannot see them. */
import { escapeHtml } from "../dom";
import { figure, halfWidth, interval, withUnit } from "../format";
import type { Mark, Picture } from "./pictures";

const known = (m: Mark): boolean => m.ours !== null || m.paper !== null;

/** Ours with half of its interval: 11.7 ± 0.9 ms. */
export function ours(mark: { ours: Mark["ours"]; ci95: Mark["ci95"] }, unit: string): string {
  const half = halfWidth(mark.ours, mark.ci95);
  return half ? `${figure(mark.ours)} ± ${half}${unit ? `\u00a0${unit}` : ""}` : withUnit(mark.ours, unit);
}

/** What the picture shows, in a sentence or two. */
export function describe(picture: Picture): string {
  const { kind, series, places, unit, tail } = picture;
  const one = (name: string, m: Mark) =>
    [
      `${name} ${ours(m, unit)}`,
      m.paper === null ? "" : `the paper ${withUnit(m.paper, unit)}`,
      m.tail === null ? "" : `${tail} ${withUnit(m.tail, unit)}`,
    ]
      .filter((t) => t !== "")
      .join(", ");
  if (kind === "rows") return series[0]!.marks.map((m) => one(m.system, m)).join("; ") + ".";
  const most = 6;
  return (
    series
      .slice(0, most)
      .map(
        (s) => `${s.name}: ` + s.marks.flatMap((m, i) => (known(m) ? one(`at ${places[i] ?? ""}`, m) : [])).join(", "),
      )
      .join("; ") + (series.length > most ? "; more in the table below." : ".")
  );
}

/** What a tooltip says of the marks at one place. */
export function tooltipOf(picture: Picture, place: number, colourOf: (series: number, mark: Mark) => string): string {
  const { kind, series, places, unit, tail } = picture;
  const marks = series
    .map((s, i) => ({ name: s.name, index: i, mark: s.marks[place] }))
    .filter(({ mark }) => mark && known(mark));
  const paper = marks.some((m) => m.mark!.paper !== null);
  const cell = (text: string) => `<td style="text-align:right;padding-left:12px">${text}</td>`;
  const lines = marks.map(({ name, index, mark }) => {
    const m = mark!;
    return (
      `<tr><td><span style="color:${colourOf(index, m)}">●</span> ` +
      `${escapeHtml(kind === "rows" ? "ours" : name)}</td>` +
      cell(ours(m, unit)) +
      (paper ? cell(m.paper === null ? "" : `paper: ${withUnit(m.paper, unit)}`) : "") +
      "</tr>" +
      (kind === "rows" && m.ci95.length === 2 ? `<tr><td>95 % interval</td>${cell(interval(m.ci95))}</tr>` : "") +
      (m.tail === null ? "" : `<tr><td>${escapeHtml(tail)}</td>${cell(withUnit(m.tail, unit))}</tr>`)
    );
  });
  const x = picture.xTitle ? `${picture.xTitle}: ` : "";
  return `<b>${escapeHtml(x + (places[place] ?? ""))}</b><table>${lines.join("")}</table>`;
}
