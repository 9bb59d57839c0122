type Child = Node | string | null | undefined;

/** Makes an element: attributes by name, "class" and "on..." among them, then children. Text is never parsed. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean | ((event: Event) => void)> = {},
  ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** Makes a part of a picture drawn by hand. */
export function svg(tag: string, attributes: Record<string, string | number> = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** A section with a heading, reachable by #id. */
export function section(id: string, heading: string, ...children: (Child | Child[])[]): HTMLElement {
  const title = `${id}-heading`;
  return el("section", { id, "aria-labelledby": title }, el("h2", { id: title }, heading), ...children);
}

/** A folded explanation. */
export function howTo(...text: string[]): HTMLElement {
  return el(
    "details",
    { class: "how-to" },
    el("summary", {}, "How to read this"),
    text.map((t) => el("p", {}, t)),
  );
}

/** A row of buttons of which one is pressed. */
export function choice<T extends string>(
  label: string,
  options: { value: T; text: string }[],
  chosen: T,
  pick: (value: T) => void,
): HTMLElement {
  const buttons = options.map(({ value, text }) =>
    el(
      "button",
      {
        type: "button",
        "data-value": value,
        "aria-pressed": String(value === chosen),
        onclick: (event) => {
          for (const b of buttons) b.setAttribute("aria-pressed", String(b === event.currentTarget));
          pick(value);
        },
      },
      text,
    ),
  );
  return el("div", { class: "choice", role: "group", "aria-label": label }, el("span", {}, label), buttons);
}

/** Escapes text for the few places (tooltips) where a chart wants HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
