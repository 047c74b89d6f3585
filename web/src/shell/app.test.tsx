import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DataSource } from "../data/source.ts";
import type { Overview } from "../data/types.ts";
import { OVERVIEW, sampleVideo } from "../fixtures/sample.ts";
import { Report } from "./app.tsx";
import { parseRoute, route } from "./route.ts";

const SOURCE: DataSource = { overview: async () => OVERVIEW, video: async (place) => sampleVideo(place) };
const EMPTY: Overview = {
  ...OVERVIEW,
  runs: OVERVIEW.runs.map((run) => ({ ...run, demo: false })),
  tasks: [],
  videos: [],
  scores: [],
  wrong: [],
  named: [],
  assessments: [],
  measured: [],
  figures: [],
  problems: [],
};

function show(address: string, overview: Overview = OVERVIEW) {
  history.replaceState(null, "", address);
  route.value = parseRoute(address);
  return render(<Report source={{ ...SOURCE, overview: async () => overview }} />);
}

beforeEach(() => {
  window.scrollTo = () => undefined;
});
afterEach(cleanup);

test.each([
  ["#/", "Sample report: overview"],
  ["#/videos", "Videos"],
  ["#/compare", "Compare two runs"],
  ["#/identification", "Identification"],
  ["#/impairment", "Impairment"],
])("%s has a heading of its own, and says that its numbers are of a demo", async (address, heading) => {
  show(address);
  expect(await screen.findByRole("heading", { level: 1, name: heading })).toBeTruthy();
  expect(screen.getByRole("complementary", { name: "demonstration" }).textContent).toContain("demo model");
});

test.each([
  ["#/", "No run has a score"],
  ["#/videos", "This report holds no videos."],
  ["#/compare", "There are no two runs"],
  ["#/identification", "No run of this report names activities."],
  ["#/impairment", "No run of this report scores Fugl-Meyer items."],
])("%s without anything to show says so", async (address, words) => {
  show(address, EMPTY);
  expect((await screen.findByText(words, { exact: false })).textContent).toContain(words);
  expect(screen.queryByRole("complementary", { name: "demonstration" })).toBeNull();
});

test("a click on a column's head sorts its table and is kept in the address", async () => {
  show("#/");
  const table = within(await screen.findByRole("region", { name: "scores of strokerehab_primitives_2" }));
  const head = table.getByRole("columnheader", { name: /action error rate/ });
  const runs = () => table.getAllByRole("rowheader").map((cell) => cell.textContent);
  fireEvent.click(within(head).getByRole("button"));
  await waitFor(() => expect(head.getAttribute("aria-sort")).toBe("ascending"));
  fireEvent.click(within(head).getByRole("button"));
  await waitFor(() => expect(head.getAttribute("aria-sort")).toBe("descending"));
  expect(runs()[0]).toContain("bot");
  expect(location.hash).toContain("sort.0=-action_error_rate");
});

test("a window that a model is surely wrong about leads to its moment", async () => {
  show("#/");
  const [first] = within(await screen.findByRole("region", { name: /surely wrong/ })).getAllByRole("link");
  expect(first?.getAttribute("href")).toBe("#/video/P01_drinking_1?t=1.000&run=0&q=motion");
});

test("the disagreements about a video are shown when they are asked for", async () => {
  show("#/compare");
  const button = await screen.findByRole("button", { name: "disagreements: windows of P03_drinking_1" });
  expect(screen.queryByText(/questions about the same windows/)).toBeNull();
  fireEvent.click(button);
  expect(await screen.findByText(/questions about the same windows/)).toBeTruthy();
});

test("a score of an item opens what it was made of", async () => {
  show("#/impairment");
  fireEvent.click(await screen.findByRole("button", { name: /P02, item 4: one point off/ }));
  expect(await screen.findByRole("heading", { name: "P02: item 4, Shoulder flexion 4" })).toBeTruthy();
  expect(screen.getByText("2 if it moves in all clips, 1 if in some, else 0")).toBeTruthy();
});
