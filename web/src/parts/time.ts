// Times on an axis, in milliseconds: the stretch that is shown, its ticks, how a time is written, what is at a time.

/** The stretch of a video that an axis shows. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const SHORTEST_MS = 200;
const STEPS_MS = [10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5];

/** Return a number, or the nearest one of a range. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

/** Return a span as long as a part of it (factor < 1: nearer), in which the time `about` stays where it was. */
export function zoomed(span: Span, factor: number, about: number, duration: number): Span {
  const length = span.to - span.from;
  const wanted = clamp(length * factor, Math.min(SHORTEST_MS, duration), duration);
  const from = about - ((about - span.from) / length) * wanted;
  return moved({ from, to: from + wanted }, 0, duration);
}

/** Return a span moved by milliseconds, as far as the video goes. */
export function moved(span: Span, by: number, duration: number): Span {
  const length = span.to - span.from;
  const from = clamp(span.from + by, 0, duration - length);
  return { from, to: from + length };
}

/** Return the span itself where it shows a time, else one that starts shortly before it. */
export function following(span: Span, at: number, duration: number): Span {
  if (at >= span.from && at <= span.to) return span;
  return moved(span, at - span.from - (span.to - span.from) / 10, duration);
}

/** Return where a time lies on a span, as a share of its length. */
export function shareOf(span: Span, at: number): number {
  return (at - span.from) / Math.max(1, span.to - span.from);
}

/** Return the round times of a span, at most about `most` of them. */
export function ticks(span: Span, most: number): number[] {
  const length = span.to - span.from;
  const step = STEPS_MS.find((size) => length / size <= most) ?? 36e5;
  const first = Math.ceil(span.from / step);
  const count = Math.floor(span.to / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, place) => (first + place) * step);
}

/** Return a time as minutes and seconds, as 1:02.345; `decimals` from 0 to 3. */
export function clockText(ms: number, decimals = 3): string {
  const unit = 10 ** (3 - decimals);
  const whole = Math.round(Math.max(0, ms) / unit) * unit;
  const seconds = ((whole % 60_000) / 1000).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  return `${Math.floor(whole / 60_000)}:${seconds}`;
}

/** Return the place of the last of ascending starts that is not after a time; −1 where all are. */
export function placeAt(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Stretches of a video, by ascending starts; ends are exclusive. */
export interface Stretches {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Return the place of the stretch that holds a time (ends are exclusive); −1 between stretches. */
export function stretchAt(stretches: Stretches, at: number): number {
  const place = placeAt(stretches.starts, at);
  return place >= 0 && at < (stretches.ends[place] ?? 0) ? place : -1;
}
