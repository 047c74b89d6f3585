// What is said of a Fugl-Meyer clip: when the movement starts and ends, and a score per item. Pure operations.

import type { Edge } from "./tracks.ts";
import type { ClipMarks } from "./types.ts";

export const SCORES: readonly number[] = [0, 1, 2];

export const NO_MARKS: ClipMarks = { start_ms: null, end_ms: null, scores: {} };

/** Mark the movement's start or end; the other mark is given up where it would no longer come after or before. */
export function marked(marks: ClipMarks, edge: Edge, at: number): ClipMarks {
  if (edge === "start")
    return { ...marks, start_ms: at, end_ms: marks.end_ms !== null && marks.end_ms > at ? marks.end_ms : null };
  return { ...marks, end_ms: at, start_ms: marks.start_ms !== null && marks.start_ms < at ? marks.start_ms : null };
}

/** Score an item, by its number; null takes its score away. */
export function scored(marks: ClipMarks, item: number, score: number | null): ClipMarks {
  const { [item]: _, ...others } = marks.scores;
  return { ...marks, scores: score === null ? others : { ...others, [item]: score } };
}

/** Whether two are the same. */
export function sameMarks(one: ClipMarks, other: ClipMarks): boolean {
  const items = new Set([...Object.keys(one.scores), ...Object.keys(other.scores)].map(Number));
  return (
    one.start_ms === other.start_ms &&
    one.end_ms === other.end_ms &&
    [...items].every((item) => one.scores[item] === other.scores[item])
  );
}
