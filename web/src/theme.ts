/** Light or dark, as the reader's system says or as the reader chose; always light on paper. */

export interface Colours {
  dark: boolean;
  text: string;
  faint: string;
  line: string;
  grid: string;
  ground: string;
  raised: string;
}

export type ThemeChoice = "auto" | "light" | "dark";

const light: Colours = {
  dark: false,
  text: "#1b2430",
  faint: "#566273",
  line: "#8a95a5",
  grid: "#e3e7ed",
  ground: "#ffffff",
  raised: "#ffffff",
};
const dark: Colours = {
  dark: true,
  text: "#e6eaf0",
  faint: "#a5b0bf",
  line: "#6c7889",
  grid: "#2b3440",
  ground: "#171d26",
  raised: "#1f2733",
};

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners: (() => void)[] = [];
let chosen: ThemeChoice = "auto";
let printing = false;

export const colours = (): Colours => (isDark() ? dark : light);

export function choose(theme: ThemeChoice): void {
  chosen = theme;
  apply();
}

export function whenThemeChanges(listener: () => void): void {
  listeners.push(listener);
}

export function setPrinting(on: boolean): void {
  printing = on;
  apply();
}

function isDark(): boolean {
  return !printing && (chosen === "auto" ? system.matches : chosen === "dark");
}

function apply(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

system.addEventListener("change", apply);
document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
