/** The table of all of a figure's numbers. */
import { el } from "../dom";
import { figure as number, halfWidth, interval } from "../format";
import { sortable, type TableColumn } from "../table";
import { systemsOf, type PaperFigure, type Row } from "./data";

export function numbersOf(figure: PaperFigure): HTMLElement {
  const caption = `All numbers of ${figure.title.toLowerCase().replace(/^(figure|table)/, (w) => w)}`;
  const table = sortable(caption, columns(figure));
  table.show(figure.rows);
  return el(
    "details",
    // The paper prints a table as numbers, and so do we.
    { class: "numbers", open: figure.form === "table" },
    el("summary", {}, `All numbers (${figure.rows.length} row${figure.rows.length === 1 ? "" : "s"})`),
    table.element,
    el("p", { class: "legend" }, "± half of the 95 % interval over the replications. Click a heading to sort."),
  );
}

function columns(figure: PaperFigure): TableColumn<Row>[] {
  const byPlace = (of: (row: Row) => string, order: string[], heading: string): TableColumn<Row> => ({
    heading,
    // In the figure's own order, which is not always that of the alphabet.
    value: (row) => order.indexOf(of(row)),
    cell: (row) => of(row) || "–",
  });
  const found: TableColumn<Row>[] = [byPlace((r) => r.system, systemsOf(figure), "System")];
  if (figure.groups.length > 1) found.push(byPlace((r) => r.group, figure.groups, "Case"));
  if (figure.xs.length > 1) found.push(byPlace((r) => r.x, figure.xs, figure.x_title || "At"));
  figure.quantities.forEach((quantity, i) => {
    found.push({
      heading: quantity.unit ? `${quantity.title}, ${quantity.unit}` : quantity.title,
      numeric: true,
      ...(quantity.of_paper ? {} : { title: "Not in the paper" }),
      value: (row) => row.values[i]!.mean,
      cell: (row) => {
        const { mean, ci95 } = row.values[i]!;
        const half = halfWidth(mean, ci95);
        return el(
          "span",
          half ? { title: `95 % interval: ${interval(ci95)}` } : {},
          number(mean),
          half ? el("span", { class: "faint" }, ` ± ${half}`) : null,
        );
      },
    });
    if (figure.rows.some((r) => r.published[i] !== null))
      found.push({
        heading: "The paper's",
        title: `What the paper gives for ${quantity.title}`,
        numeric: true,
        value: (row) => row.published[i] ?? null,
        cell: (row) => number(row.published[i]),
      });
  });
  return found;
}
