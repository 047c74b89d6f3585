// Two runs on the windows of a video: where their answers differ.

import type { Overview, VideoData } from "../data/types.ts";
import { type Answer, answerOf } from "../video/answers.ts";

/** What two runs answered to one question about one window. */
export interface AnswerPair {
  readonly question: string;
  readonly start: number;
  readonly end: number;
  readonly truth: string | null;
  readonly first: Answer;
  readonly second: Answer;
}

/** The answers that two runs gave to the same questions about the same windows. */
export interface Answers {
  /** Those that differ: first those of which one is right and the other is not, then by time. */
  readonly differing: readonly AnswerPair[];
  readonly n_same: number;
}

interface Asked {
  readonly question: string;
  readonly start: number;
  readonly end: number;
  readonly answer: Answer;
}

/** Pair the answers of two runs about a video. */
export function answersOf(overview: Overview, data: VideoData, first: number, second: number): Answers {
  const ofSecond = new Map(askedOf(overview, data, second).map((asked) => [keyOf(asked), asked]));
  const pairs = askedOf(overview, data, first).flatMap((asked) => {
    const other = ofSecond.get(keyOf(asked));
    return other ? [pairOf(asked, other)] : [];
  });
  const differing = pairs.filter(isDiffering);
  differing.sort((one, other) => decides(other) - decides(one) || one.start - other.start);
  return { differing, n_same: pairs.length - differing.length };
}

function askedOf(overview: Overview, data: VideoData, run: number): Asked[] {
  return data.asked
    .filter((asked) => asked.run === run)
    .flatMap((asked) => {
      const question = overview.runs[run]?.questions[asked.question]?.id ?? "";
      const { starts, ends } = data.grids[asked.grid] ?? { starts: [], ends: [] };
      return starts.flatMap((start, window) => {
        const answer = answerOf(data, asked, window);
        return answer.verdict === "unasked" ? [] : [{ question, start, end: ends[window] ?? start, answer }];
      });
    });
}

function keyOf(asked: Asked): string {
  return `${asked.start} ${asked.end} ${asked.question}`;
}

function pairOf(first: Asked, second: Asked): AnswerPair {
  const { question, start, end } = first;
  const truth = first.answer.truth ?? second.answer.truth;
  return { question, start, end, truth, first: first.answer, second: second.answer };
}

/** Return what an answer says, in words, where it could not be read why. */
export function sayingOf(answer: Answer): string {
  return answer.reading ?? answer.unread ?? "";
}

function isDiffering({ first, second }: AnswerPair): boolean {
  return sayingOf(first) !== sayingOf(second);
}

function decides({ first, second }: AnswerPair): number {
  return Number((first.verdict === "right") !== (second.verdict === "right"));
}
