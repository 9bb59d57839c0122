/** Tables that sort by any column. */
import { el } from "./dom";

export interface TableColumn<T> {
  heading: string;
  title?: string;
  /** Numbers are set right and sort by size; null sorts last. */
  value(row: T): string | number | null;
  cell?(row: T): Node | string;
  numeric?: boolean;
}

export interface SortableTable<T> {
  element: HTMLElement;
  show(rows: T[]): void;
}

interface Order {
  column: number;
  ascending: boolean;
}

export function sortable<T>(
  caption: string,
  columns: TableColumn<T>[],
  groups: HTMLElement | null = null,
): SortableTable<T> {
  let rows: T[] = [];
  let sorted: Order | null = null;
  const body = el("tbody");
  const headings = columns.map((column, index) =>
    el(
      "th",
      {
        scope: "col",
        class: column.numeric ? "number" : "",
        ...(column.title ? { title: column.title } : {}),
      },
      el("button", { type: "button", onclick: () => sortBy(index) }, column.heading),
    ),
  );

  function sortBy(index: number): void {
    sorted = { column: index, ascending: sorted?.column === index ? !sorted.ascending : true };
    headings.forEach((h, i) => {
      if (i === index) h.setAttribute("aria-sort", sorted!.ascending ? "ascending" : "descending");
      else h.removeAttribute("aria-sort");
    });
    draw();
  }

  function draw(): void {
    body.replaceChildren(
      ...ordered(rows, columns, sorted).map((row) =>
        el(
          "tr",
          {},
          columns.map((column, i) => {
            const content = column.cell ? column.cell(row) : String(column.value(row) ?? "–");
            return i === 0
              ? el("th", { scope: "row" }, content)
              : el("td", { class: column.numeric ? "number" : "" }, content);
          }),
        ),
      ),
    );
  }

  return {
    element: el(
      "div",
      { class: "table-box", tabindex: "0", role: "region", "aria-label": caption },
      el(
        "table",
        {},
        el("caption", { class: "unseen" }, caption),
        el("thead", {}, groups, el("tr", {}, headings)),
        body,
      ),
    ),
    show: (next) => {
      rows = next;
      draw();
    },
  };
}

function ordered<T>(rows: T[], columns: TableColumn<T>[], order: Order | null): T[] {
  if (!order) return rows;
  const value = columns[order.column]!.value;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const before = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en");
    return order.ascending ? before : -before;
  });
}
