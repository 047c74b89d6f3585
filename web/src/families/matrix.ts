// Which activity was taken for which.

import type { NamedActivities } from "../data/types.ts";

/** A cell of the matrix: places of truth and answer in the classes (−1: no answer), and of its videos. */
export interface Cell {
  readonly truth: number;
  readonly answer: number;
  readonly videos: readonly number[];
}

export interface Matrix {
  /** Classes that are the truth of any video, one row each. */
  readonly rows: readonly number[];
  /** Classes that are truth or answer of any video, one column each; −1 last where an answer is missing. */
  readonly columns: readonly number[];
  readonly cells: readonly Cell[];
  readonly n: number;
  readonly n_right: number;
}

/** Return the matrix of the videos whose truth is known. */
export function matrixOf(named: NamedActivities): Matrix {
  const cells = new Map<string, { truth: number; answer: number; videos: number[] }>();
  const [truths, answers] = [new Set<number>(), new Set<number>()];
  named.videos.forEach((video, place) => {
    const [truth, answer] = [named.truths[place] ?? -1, named.answers[place] ?? -1];
    if (truth < 0) return;
    truths.add(truth);
    answers.add(answer);
    const cell = cells.get(nameOf(truth, answer)) ?? { truth, answer, videos: [] };
    cell.videos.push(video);
    cells.set(nameOf(truth, answer), cell);
  });
  const classes = named.classes.map((_, place) => place);
  const found = [...cells.values()];
  const columns = classes.filter((place) => truths.has(place) || answers.has(place));
  return {
    rows: classes.filter((place) => truths.has(place)),
    columns: answers.has(-1) ? [...columns, -1] : columns,
    cells: found,
    n: count(found),
    n_right: count(found.filter(({ truth, answer }) => truth === answer)),
  };
}

function count(cells: readonly Cell[]): number {
  return cells.reduce((sum, { videos }) => sum + videos.length, 0);
}

/** Return how a cell is named in an address. */
export function nameOf(truth: number, answer: number): string {
  return `${truth}.${answer}`;
}

/** Return the cell that an address names, else the mistake that was made most often, else any. */
export function chosenCell(matrix: Matrix, name: string): Cell | undefined {
  const named = matrix.cells.find(({ truth, answer }) => nameOf(truth, answer) === name);
  const mostFirst = [...matrix.cells].sort((one, other) => other.videos.length - one.videos.length);
  return named ?? mostFirst.find(({ truth, answer }) => truth !== answer) ?? mostFirst[0];
}
