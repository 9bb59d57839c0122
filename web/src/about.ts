/** How the report was made and what it takes for granted. */
import { shown, type ReportData } from "./data";
import { el, section } from "./dom";

export function about(data: ReportData): HTMLElement {
  return section(
    "about",
    "How this was made",
    el("h3", {}, "Command"),
    el("p", {}, "The same scenario, seed and version give the same figures on any machine."),
    command(data.command),
    el("h3", {}, "Virtual machines"),
    data.vms.length === 0 ? el("p", { class: "empty" }, "None are described.") : vms(data),
    el("h3", {}, "Schedulers and their options"),
    options(data),
    el("h3", {}, "Assumptions"),
    data.assumptions.length === 0
      ? el("p", { class: "empty" }, "None are stated.")
      : el(
          "ul",
          {},
          data.assumptions.map((text) => el("li", {}, text)),
        ),
  );
}

export function command(text: string): HTMLElement {
  const code = el("code", {}, text);
  const button = el(
    "button",
    {
      type: "button",
      class: "plain",
      onclick: async () => {
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection()?.removeAllRanges();
        getSelection()?.addRange(range);
        // A page opened from a file may not write to the clipboard: the command then stays selected.
        const copied = await navigator.clipboard?.writeText(text).then(
          () => true,
          () => false,
        );
        button.textContent = copied ? "Copied" : "Selected: press Ctrl+C";
      },
    },
    "Copy",
  );
  return el("div", { class: "command" }, el("pre", {}, code), button);
}

function vms(data: ReportData): HTMLElement {
  return el(
    "div",
    { class: "table-box", tabindex: "0", role: "region", "aria-label": "Virtual machines" },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ["VM", "Kind", "vCPUs", "Weight", "Cap", "Workload"].map((h) => el("th", { scope: "col" }, h)),
        ),
      ),
      el(
        "tbody",
        {},
        data.vms.map((vm) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, vm.name),
            el("td", {}, vm.kind || "unmarked"),
            el("td", {}, String(vm.vcpus)),
            el("td", {}, String(vm.weight)),
            el("td", {}, vm.cap > 0 ? `${vm.cap} % of a pCPU` : "none"),
            el("td", {}, vm.workload || "–"),
          ),
        ),
      ),
    ),
  );
}

function options(data: ReportData): HTMLElement {
  return el(
    "dl",
    { class: "options" },
    data.schedulers.flatMap((s) => [
      el("dt", {}, shown(s) + (s.label && s.label !== s.name ? ` (${s.name})` : "")),
      el(
        "dd",
        {},
        s.options.length === 0
          ? "all options at their defaults"
          : s.options.flatMap((o, i) => [i > 0 ? ", " : "", el("code", {}, `${o.name} = ${o.value}`)]),
      ),
    ]),
  );
}
