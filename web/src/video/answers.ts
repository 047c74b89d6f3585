// What a run answered about the windows of a video: was it read, was it right.

import type { AskedQuestion, Overview, VideoData } from "../data/types.ts";
import type { Columns } from "../parts/segments.tsx";
import { placeAt, stretchAt } from "../parts/time.ts";

export type Verdict = "right" | "wrong" | "unread" | "unknown" | "unasked";

/** In words, and in the order of the legend. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  right: "right",
  wrong: "wrong",
  unread: "no answer that can be read",
  unknown: "no truth known",
  unasked: "not asked",
};

/** What stands before the words of a verdict. */
export const MARKS: Readonly<Record<Verdict, string>> = {
  right: "✓",
  wrong: "✗",
  unread: "⚠",
  unknown: "·",
  unasked: "",
};

/** Frames that are as they are. */
export const AS_IS = "as is";

const UNREAD: Readonly<Record<string, string>> = {
  u: "cannot be read",
  r: "refused",
  c: "contradicts itself",
  "-": "no reply",
};

/** Everything that is known of one answer. */
export interface Answer {
  readonly verdict: Verdict;
  /** Why there is no reading, in words; null where there is one. */
  readonly unread: string | null;
  readonly reply: string | null;
  readonly reading: string | null;
  readonly truth: string | null;
  readonly probabilities: readonly (readonly [choice: string, share: number])[];
}

/** Return the verdict about a window; one that the question was not asked about has none of its own. */
export function verdictOf(asked: AskedQuestion, window: number): Verdict {
  const state = asked.states[window] ?? " ";
  if (state === " ") return "unasked";
  if (state !== "a") return "unread";
  const right = asked.rights?.[window] ?? " ";
  return right === "1" ? "right" : right === "0" ? "wrong" : "unknown";
}

/** Return the answer about a window. */
export function answerOf(data: VideoData, asked: AskedQuestion, window: number): Answer {
  const text = (places: readonly number[] | null) => data.texts[places?.[window] ?? -1] ?? null;
  const shares = asked.probabilities?.[window] ?? [];
  return {
    verdict: verdictOf(asked, window),
    unread: UNREAD[asked.states[window] ?? " "] ?? null,
    reply: text(asked.texts),
    reading: text(asked.values),
    truth: text(asked.truths),
    probabilities: shares.map((thousandths, place) => [asked.choices[place] ?? "", thousandths / 1000] as const),
  };
}

/** Return the window of a question at a time, the latest that has begun; −1 where there is none. */
export function windowAt(data: VideoData, asked: AskedQuestion, at: number): number {
  const grid = data.grids[asked.grid];
  return grid ? stretchAt(grid, at) : -1;
}

/** Return the places of the runs that answered anything about a video, those of `last` at the end. */
export function answeringRuns(data: VideoData, last: (run: number) => boolean): number[] {
  const runs = [...new Set(data.asked.map(({ run }) => run))].sort((one, other) => one - other);
  return [...runs.filter((run) => !last(run)), ...runs.filter(last)];
}

/** Return the perturbation of a run's frames. */
export function perturbationOf(overview: Overview, run: number | null): string {
  return overview.runs[run ?? -1]?.perturbation ?? AS_IS;
}

/** Return whether two runs showed their frames in the same way. */
export function areShownAlike(overview: Overview, one: number | null, other: number | null): boolean {
  return perturbationOf(overview, one) === perturbationOf(overview, other);
}

const PLACES = Object.keys(VERDICTS);

/** Return a question's windows, each cut where the next begins, labelled by the place of their verdict in `VERDICTS`. */
export function verdictColumns(data: VideoData, asked: AskedQuestion): Columns {
  const { starts, ends } = data.grids[asked.grid] ?? { starts: [], ends: [] };
  return {
    starts,
    ends: ends.map((end, window) => Math.min(end, starts[window + 1] ?? end)),
    labels: starts.map((_, window) => PLACES.indexOf(verdictOf(asked, window))),
  };
}

/** Return the start of the window after (step 1) or before (−1) the one at a time; null where there is none. */
export function neighbourStart(starts: readonly number[], at: number, step: 1 | -1): number | null {
  const place = placeAt(starts, step === 1 ? at : at - 1);
  return starts[step === 1 ? place + 1 : place] ?? null;
}
