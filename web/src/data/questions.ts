// Questions in words.

import type { PageRun } from "./types.ts";

/** Return the words of a run's question, its blanks filled with what is known and dots where it is not. */
export function questionWords(
  run: PageRun | undefined,
  id: string,
  known: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const text = run?.questions.find((question) => question.id === id)?.text;
  return text?.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? "…") ?? id;
}
