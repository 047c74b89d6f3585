// The present window under every perturbation: which runs show it, and what each of them said.

import type { AskedQuestion, FrameStrips, Overview, PagePerturbed, VideoData } from "../data/types.ts";
import { type Answer, AS_IS, answerOf, perturbationOf, windowAt } from "./answers.ts";
import { questionId } from "./moments.ts";

/** A picture of a window: its frames side by side in one file. */
export interface Picture {
  readonly address: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

/** What a run said about the present window: by question, the answer and the probability of yes, if that is known. */
export interface Said {
  readonly question: string;
  readonly answer: Answer;
  readonly yes: number | null;
}

/** A perturbation: the picture of the window, and what each model said; null of a model that was not asked so. */
export interface PerturbedRow {
  readonly perturbation: string;
  readonly picture: Picture | null;
  readonly said: readonly (readonly Said[] | null)[];
}

/** Return the perturbed runs of a run's task that were asked about a video, the run's own first. */
export function groupsOf(data: VideoData, overview: Overview, run: number | null): PagePerturbed[] {
  const task = overview.runs[run ?? -1]?.task;
  const asked = new Set(data.asked.map((one) => one.run));
  return overview.perturbed
    .map(({ name, runs }) => ({
      name,
      runs: runs.filter((one) => asked.has(one) && overview.runs[one]?.task === task),
    }))
    .filter(({ runs }) => runs.some((one) => perturbationOf(overview, one) !== AS_IS))
    .sort((one, other) => Number(!one.runs.includes(run ?? -1)) - Number(!other.runs.includes(run ?? -1)));
}

/** Return a row for each perturbation at a time, frames as they are first. */
export function rowsAt(
  data: VideoData,
  overview: Overview,
  groups: readonly PagePerturbed[],
  question: string | null,
  at: number,
): PerturbedRow[] {
  const runs = groups.flatMap((group) => group.runs);
  const there = new Set(runs.map((run) => perturbationOf(overview, run)));
  const found = [AS_IS, ...Object.keys(overview.perturbations)].filter((perturbation) => there.has(perturbation));
  const isWanted = (asked: AskedQuestion) => question === null || questionId(overview, asked) === question;
  return found.map((perturbation) => {
    const shown = runs.filter((run) => perturbationOf(overview, run) === perturbation);
    return {
      perturbation,
      picture: shown.map((run) => pictureAt(data, run, at)).find((picture) => picture !== null) ?? null,
      said: groups.map((group) => {
        const run = group.runs.find((one) => shown.includes(one));
        if (run === undefined) return null;
        return data.asked
          .filter((asked) => asked.run === run && isWanted(asked))
          .map((asked) => saidAt(data, overview, asked, at));
      }),
    };
  });
}

/** Return a model's probabilities of yes with its frames as they are, by question. */
export function yesAsIs(rows: readonly PerturbedRow[], group: number): ReadonlyMap<string, number> {
  const said = rows.find(({ perturbation }) => perturbation === AS_IS)?.said[group] ?? [];
  return new Map(said.flatMap(({ question, yes }) => (yes === null ? [] : [[question, yes] as const])));
}

/** Return the picture of a run's window at a time; null where there is none. */
export function pictureAt(data: VideoData, run: number, at: number): Picture | null {
  for (const strip of data.strips) {
    const asked = data.asked.find((one) => one.run === run && one.grid === strip.grid);
    if (asked && strip.runs.includes(run)) return pictureOf(strip, windowAt(data, asked, at));
  }
  return null;
}

/** Return a window's picture of a strip; null where there is none. */
export function pictureOf(strip: FrameStrips, window: number): Picture | null {
  const count = strip.counts[window] ?? 0;
  if (count === 0) return null;
  const address = strip.pattern.replace("{window}", String(window));
  return { address, count, width: strip.width * count, height: strip.height };
}

function saidAt(data: VideoData, overview: Overview, asked: AskedQuestion, at: number): Said {
  const answer = answerOf(data, asked, windowAt(data, asked, at));
  const yes = answer.probabilities.find(([choice]) => choice === "yes")?.[1] ?? null;
  return { question: questionId(overview, asked), answer, yes };
}

/** Return what a perturbation makes of the frames of a window, in words. */
export function aboutFrames(overview: Overview, perturbation: string): string {
  return overview.perturbations[perturbation] ?? "the frames are as they are";
}
