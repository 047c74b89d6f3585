// What became of the replies of runs.

import type { PageReplies, PageRun } from "../data/types.ts";
import { type Order, sortedBy } from "../parts/sort.ts";

/** A kind of reply: where it is counted, its name, and what it means. */
export interface ReplyKind {
  readonly key: keyof PageReplies;
  readonly title: string;
  readonly about: string;
}

/** The kinds of replies that are no answers, or may be wrong ones. */
export const TROUBLES: readonly ReplyKind[] = [
  { key: "n_unreadable", title: "unreadable", about: "replies in which no answer could be read" },
  { key: "n_refused", title: "refused", about: "replies that refuse to answer" },
  { key: "n_contradictory", title: "contradictory", about: "replies that say two things at once" },
  { key: "n_missing", title: "missing", about: "questions without a reply" },
  { key: "n_cut", title: "cut", about: "replies that ended at the limit of tokens, read or not" },
];

/** Return whether replies are without any trouble. */
export function isClean(replies: PageReplies): boolean {
  return TROUBLES.every(({ key }) => replies[key] === 0);
}

/** Return runs in an order: by name, or by the share of a kind of reply in all that was asked. */
export function orderedByReplies(runs: readonly PageRun[], order: Order): PageRun[] {
  const { column, descending } = order;
  if (column === "run") return sortedBy(runs, (run) => run.name, descending);
  const key = column as keyof PageReplies;
  if (key === "n_asked") return sortedBy(runs, (run) => run.replies.n_asked, descending);
  return sortedBy(runs, ({ replies }) => (replies.n_asked ? replies[key] / replies.n_asked : null), descending);
}

/** Return a share in words: "0.3 %", "< 0.1 %", "12 %". */
export function shareOf(count: number, whole: number): string {
  const percent = (100 * count) / whole;
  if (percent < 0.1) return "< 0.1 %";
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}
