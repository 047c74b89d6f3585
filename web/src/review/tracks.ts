// What a person can do to the segments of one hand: pure operations, each of which gives a new track or says why not.

import { clamp } from "../parts/time.ts";
import type { DrawnSegment } from "./types.ts";

/** Segments in order, which do not overlap; gaps are allowed. */
export type Track = readonly DrawnSegment[];

export type Edge = "start" | "end";

/** What holds for each segment of a video: it lies within the video, and is not shorter than the least length. */
export interface Bounds {
  readonly end_ms: number;
  readonly least_ms: number;
}

/** A changed track, and the place of the segment that the change was about, if it is still there. */
export interface Edited {
  readonly track: Track;
  readonly place: number | null;
}

/** Why an operation is not possible, as a sentence for the person. */
export interface Refusal {
  readonly refusal: string;
}

export type Outcome = Edited | Refusal;

const LEAST_MS = 40;

/** Return the bounds of a video's segments: at least one frame, and at least 40 ms. */
export function boundsOf(video: { readonly duration_ms: number; readonly fps: number }): Bounds {
  return { end_ms: video.duration_ms, least_ms: Math.max(LEAST_MS, Math.ceil(1000 / video.fps)) };
}

/** Return the place of the segment that a moment lies in; null in a gap. */
export function placeAt(track: Track, at: number): number | null {
  const place = track.findIndex((segment) => segment.start_ms <= at && at < segment.end_ms);
  return place < 0 ? null : place;
}

/** Return the gap that a moment lies in, from its start to its exclusive end; null within a segment. */
export function gapAt(track: Track, at: number, bounds: Bounds): readonly [number, number] | null {
  if (at < 0 || at > bounds.end_ms || placeAt(track, at) !== null) return null;
  const next = track.findIndex((segment) => segment.start_ms > at);
  const before = track[(next < 0 ? track.length : next) - 1];
  const from = before?.end_ms ?? 0;
  const to = track[next]?.start_ms ?? bounds.end_ms;
  return to > from ? [from, to] : null;
}

/** Lay a segment between two moments over whatever is there; a rest that would be too short becomes part of it. */
export function draw(track: Track, one: number, other: number, label: string, bounds: Bounds): Outcome {
  let from = clamp(Math.min(one, other), 0, bounds.end_ms);
  let to = clamp(Math.max(one, other), 0, bounds.end_ms);
  if (to - from < bounds.least_ms) return tooShort(bounds);
  for (const { start_ms, end_ms } of track) {
    if (start_ms < from && from < end_ms && from - start_ms < bounds.least_ms) from = start_ms;
    if (start_ms < to && to < end_ms && end_ms - to < bounds.least_ms) to = end_ms;
  }
  const before = track.flatMap((segment) => cut(segment, 0, from));
  const after = track.flatMap((segment) => cut(segment, to, bounds.end_ms));
  return { track: [...before, { start_ms: from, end_ms: to, label }, ...after], place: before.length };
}

/** Split the segment at a moment; the part that begins there is what the change is about. */
export function split(track: Track, at: number, bounds: Bounds): Outcome {
  const place = placeAt(track, at);
  const segment = place === null ? undefined : track[place];
  if (place === null || !segment) return { refusal: "There is no segment at the playhead to split." };
  if (at - segment.start_ms < bounds.least_ms || segment.end_ms - at < bounds.least_ms) return tooShort(bounds);
  const parts = [
    { ...segment, end_ms: at },
    { ...segment, start_ms: at },
  ];
  return { track: track.toSpliced(place, 1, ...parts), place: place + 1 };
}

/** Join a segment with the one before (−1) or after it (1), over the gap between them; its own label stays. */
export function merge(track: Track, place: number, side: -1 | 1): Outcome {
  const segment = track[place];
  const neighbour = track[place + side];
  if (!segment || !neighbour) return { refusal: `There is no segment ${side < 0 ? "before" : "after"} this one.` };
  const joined = {
    ...segment,
    start_ms: Math.min(segment.start_ms, neighbour.start_ms),
    end_ms: Math.max(segment.end_ms, neighbour.end_ms),
  };
  const first = Math.min(place, place + side);
  return { track: track.toSpliced(first, 2, joined), place: first };
}

/** Give a segment another label. */
export function relabel(track: Track, place: number, label: string): Outcome {
  const segment = track[place];
  if (!segment) return nothingSelected();
  return { track: segment.label === label ? track : track.with(place, { ...segment, label }), place };
}

/** Move a segment's edge as far as there is room; a neighbour that touches it follows, unless it moves alone. */
export function moveEdge(track: Track, place: number, edge: Edge, to: number, bounds: Bounds, alone = false): Outcome {
  const segment = track[place];
  if (!segment) return nothingSelected();
  const atStart = edge === "start";
  const neighbour = track[atStart ? place - 1 : place + 1];
  const follows =
    !alone && neighbour !== undefined && (atStart ? neighbour.end_ms : neighbour.start_ms) === edgeOf(segment, edge);
  const inner = atStart ? segment.end_ms - bounds.least_ms : segment.start_ms + bounds.least_ms;
  const outer = neighbour
    ? outerLimit(neighbour, atStart, follows ? bounds.least_ms : null)
    : atStart
      ? 0
      : bounds.end_ms;
  const [low, high] = atStart ? [outer, inner] : [inner, outer];
  if (low > high) return tooShort(bounds);
  const at = clamp(to, low, high);
  if (at === edgeOf(segment, edge)) return { track, place };
  let moved = track.with(place, withEdge(segment, edge, at));
  if (follows) moved = moved.with(atStart ? place - 1 : place + 1, withEdge(neighbour, atStart ? "end" : "start", at));
  return { track: moved, place };
}

/** Move a segment by milliseconds, as far as there is room between its neighbours. */
export function move(track: Track, place: number, by: number, bounds: Bounds): Outcome {
  const segment = track[place];
  if (!segment) return nothingSelected();
  const low = (track[place - 1]?.end_ms ?? 0) - segment.start_ms;
  const high = (track[place + 1]?.start_ms ?? bounds.end_ms) - segment.end_ms;
  const by_ms = clamp(by, Math.min(low, 0), Math.max(high, 0));
  if (by_ms === 0) return { track, place };
  const moved = { ...segment, start_ms: segment.start_ms + by_ms, end_ms: segment.end_ms + by_ms };
  return { track: track.with(place, moved), place };
}

/** Delete a segment. */
export function remove(track: Track, place: number): Outcome {
  return track[place] ? { track: track.toSpliced(place, 1), place: null } : nothingSelected();
}

/** Fill the gap at a moment with a label; a gap too short for a segment is closed by the neighbour before it, or after. */
export function fill(track: Track, at: number, label: string, bounds: Bounds): Outcome {
  const gap = gapAt(track, at, bounds);
  if (!gap) return { refusal: "There is no gap at the playhead to fill." };
  const [from, to] = gap;
  const place = track.filter((segment) => segment.end_ms <= from).length;
  if (to - from >= bounds.least_ms)
    return { track: track.toSpliced(place, 0, { start_ms: from, end_ms: to, label }), place };
  const before = track[place - 1];
  if (before) return { track: track.with(place - 1, { ...before, end_ms: to }), place: place - 1 };
  const after = track[place];
  return after ? { track: track.with(place, { ...after, start_ms: from }), place } : tooShort(bounds);
}

/** Delete all segments. */
export function clear(track: Track): Outcome {
  return track.length ? { track: [], place: null } : { refusal: "This track is empty." };
}

/** Return foreign segments as a track: in order, within the video, without what overlaps or has no length. */
export function tidied(segments: Track, bounds: Bounds): Track {
  const track: DrawnSegment[] = [];
  for (const { start_ms, end_ms, label } of segments.toSorted((one, other) => one.start_ms - other.start_ms)) {
    const from = Math.max(start_ms, track.at(-1)?.end_ms ?? 0);
    const to = Math.min(end_ms, bounds.end_ms);
    if (to > from) track.push({ start_ms: from, end_ms: to, label });
  }
  return track;
}

/** Return a track as a label file holds it: neighbours that touch and agree are one. */
export function joined(track: Track): Track {
  const whole: DrawnSegment[] = [];
  for (const { start_ms, end_ms, label } of track) {
    const before = whole.at(-1);
    if (before?.end_ms === start_ms && before.label === label) whole[whole.length - 1] = { ...before, end_ms };
    else whole.push({ start_ms, end_ms, label });
  }
  return whole;
}

/** Return the moment of an edge. */
export function edgeOf(segment: DrawnSegment, edge: Edge): number {
  return edge === "start" ? segment.start_ms : segment.end_ms;
}

function withEdge(segment: DrawnSegment, edge: Edge, at: number): DrawnSegment {
  return edge === "start" ? { ...segment, start_ms: at } : { ...segment, end_ms: at };
}

function outerLimit(neighbour: DrawnSegment, before: boolean, least_ms: number | null): number {
  if (least_ms === null) return before ? neighbour.end_ms : neighbour.start_ms;
  return before ? neighbour.start_ms + least_ms : neighbour.end_ms - least_ms;
}

function cut(segment: DrawnSegment, from: number, to: number): DrawnSegment[] {
  const start_ms = Math.max(segment.start_ms, from);
  const end_ms = Math.min(segment.end_ms, to);
  return end_ms > start_ms ? [{ ...segment, start_ms, end_ms }] : [];
}

function tooShort(bounds: Bounds): Refusal {
  return { refusal: `A segment lasts at least ${bounds.least_ms} ms.` };
}

function nothingSelected(): Refusal {
  return { refusal: "No segment is selected: click one, or press Enter at the playhead." };
}
