// What was run: what all runs have in common, and what each of them has of its own.

import type { PageRun } from "../data/types.ts";

export interface Facts {
  readonly shared: readonly (readonly [string, string])[];
  /** Names of the facts in which runs differ, in order of first mention. */
  readonly names: readonly string[];
  /** Per run its values of `names`; null: it has none. */
  readonly own: readonly (readonly (string | null)[])[];
}

/** Return the facts of runs, those that all runs share apart. */
export function factsOf(runs: readonly PageRun[]): Facts {
  const byRun = runs.map(
    (run) => new Map<string, string>([["task", run.task], ["model", run.model ?? "not known"], ...run.facts]),
  );
  const names = [...new Set(byRun.flatMap((facts) => [...facts.keys()]))];
  const first = byRun[0];
  const isShared = (name: string) => runs.length > 1 && byRun.every((facts) => facts.get(name) === first?.get(name));
  const shared = names.filter(isShared).flatMap((name) => {
    const value = first?.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const differing = names.filter((name) => !isShared(name));
  return { shared, names: differing, own: byRun.map((facts) => differing.map((name) => facts.get(name) ?? null)) };
}
