// The moments of a video that a reader goes through: windows of a run that a filter leaves.

import type { AskedQuestion, Overview, PageTimeline, VideoData } from "../data/types.ts";
import { type Stretches, stretchAt } from "../parts/time.ts";
import { areShownAlike, verdictOf, windowAt } from "./answers.ts";

export type Hand = "left" | "right";

/** Which windows a filter leaves, in words. */
export const SHOWN = {
  all: "all windows",
  wrong: "wrong answers",
  disagreeing: "models disagree",
  unread: "no answer that can be read",
  confused: "reach and reposition confused",
} as const;

export type Show = keyof typeof SHOWN;

/** What a reader looks at: a run, one of its questions (null: all), a hand (null: both), and a filter. */
export interface Chosen {
  readonly run: number | null;
  readonly question: string | null;
  readonly hand: Hand | null;
  readonly show: Show;
}

const CONFUSED: readonly string[] = ["reach", "reposition"];

type Matches = (asked: AskedQuestion, window: number, middle: number) => boolean;

/** Return the windows that a choice leaves, no two with one start. */
export function momentsOf(data: VideoData, overview: Overview, choice: Chosen): Stretches {
  const matches = matcher(data, overview, choice);
  const found = new Map<number, number>();
  for (const asked of chosenQuestions(data, overview, choice)) {
    const { starts, ends } = data.grids[asked.grid] ?? { starts: [], ends: [] };
    starts.forEach((start, window) => {
      const end = ends[window] ?? start;
      if (verdictOf(asked, window) === "unasked" || !matches(asked, window, (start + end) / 2)) return;
      found.set(start, Math.max(end, found.get(start) ?? end));
    });
  }
  const ordered = [...found].sort(([one], [other]) => one - other);
  return { starts: ordered.map(([start]) => start), ends: ordered.map(([, end]) => end) };
}

/** Return what the chosen run was asked about the video: the chosen question, or all. */
export function chosenQuestions(data: VideoData, overview: Overview, choice: Chosen): AskedQuestion[] {
  return data.asked.filter(
    (asked) =>
      asked.run === choice.run && (choice.question === null || questionId(overview, asked) === choice.question),
  );
}

/** Return the id of what was asked. */
export function questionId(overview: Overview, asked: AskedQuestion): string {
  return overview.runs[asked.run]?.questions[asked.question]?.id ?? `question ${asked.question + 1}`;
}

/** Return whether a timeline is of a hand, or may be. */
export function isOfHand(timeline: PageTimeline, hand: Hand | null): boolean {
  return hand === null || timeline.hand === null || timeline.hand === hand;
}

function matcher(data: VideoData, overview: Overview, choice: Chosen): Matches {
  if (choice.show === "wrong") return (asked, window) => verdictOf(asked, window) === "wrong";
  if (choice.show === "unread") return (asked, window) => verdictOf(asked, window) === "unread";
  if (choice.show === "disagreeing") return disagrees(data, overview);
  if (choice.show === "confused") return confuses(data, overview, choice);
  return () => true;
}

function disagrees(data: VideoData, overview: Overview): Matches {
  const others = (asked: AskedQuestion) =>
    data.asked.filter(
      (other) =>
        other.run !== asked.run &&
        !overview.runs[other.run]?.baseline &&
        areShownAlike(overview, other.run, asked.run) &&
        questionId(overview, other) === questionId(overview, asked),
    );
  return (asked, window, middle) => {
    const value = asked.values[window] ?? -1;
    return (
      value >= 0 &&
      others(asked).some((other) => {
        const theirs = other.values[other.grid === asked.grid ? window : windowAt(data, other, middle)] ?? -1;
        return theirs >= 0 && theirs !== value;
      })
    );
  };
}

function confuses(data: VideoData, overview: Overview, choice: Chosen): Matches {
  const pairs = data.timelines
    .filter((timeline) => timeline.run === choice.run && isOfHand(timeline, choice.hand))
    .flatMap((timeline) => {
      const truth = truthOf(data, timeline.hand ?? choice.hand);
      return truth ? [[timeline, truth] as const] : [];
    });
  const isConfused = (one: string | undefined, other: string | undefined) =>
    one !== other && CONFUSED.includes(one ?? "") && CONFUSED.includes(other ?? "");
  return (asked, window, middle) =>
    isConfused(data.texts[asked.values[window] ?? -1], data.texts[asked.truths?.[window] ?? -1]) ||
    pairs.some(([timeline, truth]) =>
      isConfused(labelAt(overview, timeline, middle), labelAt(overview, truth, middle)),
    );
}

/** Return the truth about a hand; null where there is none. */
export function truthOf(data: VideoData, hand: Hand | null): PageTimeline | null {
  return data.timelines.find((timeline) => timeline.kind === "truth" && isOfHand(timeline, hand)) ?? null;
}

/** Return the name of a timeline's label at a time; undefined between segments. */
export function labelAt(overview: Overview, timeline: PageTimeline, at: number): string | undefined {
  const place = timeline.labels[stretchAt(timeline, at)] ?? -1;
  return overview.schemes[timeline.scheme]?.labels[place]?.name;
}

/** Return which filters can leave anything of a video. */
export function possibleShows(data: VideoData, overview: Overview): Show[] {
  const models = new Set(
    data.asked
      .map(({ run }) => run)
      .filter((run) => !overview.runs[run]?.baseline && !overview.runs[run]?.perturbation),
  );
  const names = overview.schemes.flatMap(({ labels }) => labels.map(({ name }) => name));
  const hasTruth = data.asked.some(({ rights }) => rights !== null);
  const possible: Readonly<Record<Show, boolean>> = {
    all: true,
    wrong: hasTruth,
    disagreeing: models.size > 1,
    unread: true,
    confused: CONFUSED.every((name) => names.includes(name)) && truthOf(data, null) !== null,
  };
  return (Object.keys(SHOWN) as Show[]).filter((show) => possible[show]);
}
