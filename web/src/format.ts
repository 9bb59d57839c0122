import type { Figure, Interval, Ratio } from "./data";

/** Three significant digits, thousands separated; an en dash where there is no figure. */
export function figure(value: Figure | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-6) return value.toExponential(1);
  return fixed(value, decimalsOf(size));
}

/** A figure with its unit: 16.9 ms, 812/s. */
export function withUnit(value: Figure | undefined, unit: string): string {
  const text = figure(value);
  if (text === "–" || unit === "") return text;
  return unit.startsWith("/") ? text + unit : `${text}\u00a0${unit}`;
}

/** Half of an interval's width with as many decimals as the mean is shown with; empty when there is no interval. */
export function halfWidth(mean: Figure, interval: Interval): string {
  const [low, high] = interval;
  if (low === undefined || high === undefined || mean === null) return "";
  const half = (high - low) / 2;
  const decimals = mean === 0 ? 0 : decimalsOf(Math.abs(mean));
  return half > 0 && half < 0.5 * 10 ** -decimals ? `<${fixed(10 ** -decimals, decimals)}` : fixed(half, decimals);
}

/** An interval as text; empty when there is none. */
export function interval(range: Interval): string {
  return range.length === 2 ? `${figure(range[0])} to ${figure(range[1])}` : "";
}

/** A ratio with half of its interval: × 0.132 ± 0.005; empty when there is none. */
export function ratio(r: Ratio | null): string {
  if (r === null || r.mean === null) return "";
  const half = halfWidth(r.mean, r.ci95);
  return `× ${figure(r.mean)}${half ? ` ± ${half}` : ""}`;
}

/** Milliseconds in the unit that reads best: 250 µs, 16.9 ms, 1.20 s. */
export function latency(ms: number): string {
  if (ms === 0) return "0";
  if (Math.abs(ms) < 1e-3) return withUnit(ms * 1e6, "ns");
  if (Math.abs(ms) < 1) return withUnit(ms * 1e3, "µs");
  if (Math.abs(ms) < 1000) return withUnit(ms, "ms");
  return withUnit(ms / 1000, "s");
}

/** As latency, without superfluous zeros, for the marks of an axis. */
export function latencyMark(ms: number): string {
  const steps: [number, string][] = [
    [1000, "s"],
    [1, "ms"],
    [1e-3, "µs"],
    [1e-6, "ns"],
  ];
  const [size, unit] = steps.find(([s]) => ms >= s * 0.9999) ?? [1e-6, "ns"];
  return `${Number((ms / size).toPrecision(4))} ${unit}`;
}

/** A fraction as per cent, with more digits where they matter: 50 %, 99.9 %, 99.97 %. */
export function percent(fraction: number): string {
  const p = fraction * 100;
  const rest = Math.min(p, 100 - p);
  const decimals = rest >= 10 ? 0 : rest >= 1 ? 1 : rest >= 0.1 ? 2 : 3;
  return `${Number(p.toFixed(decimals))}\u00a0%`;
}

/** Seconds as people say them. */
export function seconds(s: number): string {
  if (s > 0 && s < 1) return withUnit(s * 1000, "ms");
  const text = String(Number(s.toFixed(3)));
  return `${text}\u00a0s`;
}

function decimalsOf(size: number): number {
  let decimals = 2;
  for (let bound = 10; bound <= size && decimals > 0; bound *= 10) decimals--;
  for (let bound = 1; bound > size; bound /= 10) decimals++;
  return decimals;
}

function fixed(value: number, decimals: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
