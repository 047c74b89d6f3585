// @vitest-environment node

import { expect, test } from "vitest";
import type { PageRun } from "../data/types.ts";
import { OVERVIEW } from "../fixtures/sample.ts";
import { factsOf } from "./facts.ts";
import { orderedByReplies, shareOf } from "./replies.ts";

const [RUN] = OVERVIEW.runs as unknown as [PageRun];

test("what all runs share is said once, what differs by run", () => {
  const runs: PageRun[] = [
    {
      ...RUN,
      task: "t",
      model: "a",
      facts: [
        ["rate", "15"],
        ["cut", "yes"],
      ],
    },
    { ...RUN, task: "t", model: null, facts: [["rate", "15"]] },
  ];
  expect(factsOf(runs)).toEqual({
    shared: [
      ["task", "t"],
      ["rate", "15"],
    ],
    names: ["model", "cut"],
    own: [
      ["a", "yes"],
      ["not known", null],
    ],
  });
  expect(factsOf(runs.slice(0, 1)).shared).toEqual([]);
});

test("replies are in the order of their share, not of their count", () => {
  const few = { ...RUN, name: "few", replies: { ...RUN.replies, n_asked: 10, n_refused: 2 } };
  const many = { ...RUN, name: "many", replies: { ...RUN.replies, n_asked: 1000, n_refused: 3 } };
  const order = orderedByReplies([many, few], { column: "n_refused", descending: true });
  expect(order.map(({ name }) => name)).toEqual(["few", "many"]);
  expect([shareOf(1, 10_000), shareOf(2, 1000), shareOf(15, 100)]).toEqual(["< 0.1 %", "0.2 %", "15 %"]);
});
