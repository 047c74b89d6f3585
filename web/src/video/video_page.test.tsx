import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Overview, VideoData } from "../data/types.ts";
import { OVERVIEW, sampleVideo } from "../fixtures/sample.ts";
import { route } from "../shell/route.ts";
import { VideoPage } from "./video_page.tsx";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function open(query: Record<string, string>, data: VideoData = sampleVideo(0), overview: Overview = OVERVIEW) {
  const video = overview.videos[data.video];
  if (!video) throw new Error("no such video");
  route.value = { path: ["video", video.id], query };
  const { container } = render(<VideoPage overview={overview} video={video} data={data} />);
  act(() => {
    vi.advanceTimersByTime(300);
  });
  return container;
}

const press = (key: string, shiftKey = false) => {
  act(() => {
    fireEvent.keyDown(document.body, { key, shiftKey });
    vi.advanceTimersByTime(300);
  });
};
const clock = () => document.querySelector(".player-clock")?.textContent?.split(" ")[0];
const heading = () => within(screen.getByRole("region", { name: "window" })).getByRole("heading", { level: 2 });
const answers = () => document.querySelector(".video-answers")?.textContent ?? "";

test("an address leads to a moment, and follows what is looked at", () => {
  open({ t: "1.7", run: "1", q: "motion" });
  expect(clock()).toBe("0:01.700");
  expect(heading().textContent).toMatch(/^bot.*window 4 of 24/);
  press("ArrowRight");
  expect(location.hash).toBe("#/video/P01_drinking_1?t=1.733&run=1&q=motion");
  act(() => {
    route.value = { path: ["video", "P01_drinking_1"], query: { t: "9", run: "0" } };
  });
  expect(clock()).toBe("0:09.000");
  expect(heading().textContent).toMatch(/^rehab_tiny.*window 19/);
});

test("keys go by frames, windows, segments and what a filter leaves", () => {
  open({ t: "1.7", run: "0", q: "motion", show: "wrong" });
  press("ArrowLeft");
  expect(clock()).toBe("0:01.667");
  press("ArrowRight", true);
  expect(clock()).toBe("0:02.000");
  press("ArrowLeft", true);
  expect(clock()).toBe("0:01.500");
  press("ArrowDown");
  expect(clock()).toBe("0:03.000");
  press("ArrowUp");
  expect(clock()).toBe("0:01.500");
  press("n");
  expect(clock()).toBe("0:02.500");
  press("p");
  expect(clock()).toBe("0:00.000");
  press(" ");
  expect(screen.getByRole("button", { name: /Pause/ })).toBeTruthy();
  press(" ");
  expect(clock()).not.toBe("0:00.000");
});

test("the seek bar shows the timeline that is chosen, and segments are its own", () => {
  open({ t: "0" });
  fireEvent.click(screen.getByRole("button", { name: "rater MB" }));
  expect(screen.getByRole("img", { name: "seek bar: rater MB" })).toBeTruthy();
  press("ArrowDown");
  expect(clock()).toBe("0:01.620");
});

test("keys do nothing where a person chooses from a list", () => {
  open({ t: "1.7" });
  fireEvent.keyDown(screen.getByLabelText(/^Run/), { key: "ArrowRight" });
  expect(clock()).toBe("0:01.700");
});

test("a reply is text, whatever it holds", () => {
  const container = open({ t: "1.7", run: "0" });
  expect(answers()).toContain('no</script><img src=x onerror="document.title=1"> U+202E U+001B[31m <b>grasp</b>');
  expect(container.querySelector("img, b, script")).toBeNull();
});

test("the words of a question, the reading, the truth and the probabilities", () => {
  open({ t: "0.1", run: "0", q: "motion" });
  expect(answers()).toContain("Does the right hand move in this clip?✗ wrong: read as no, truth yes");
  expect(answers()).toContain("yes10.0 %no90.0 %");
});

test("what other runs answered is there when it is opened, and one of them can be chosen", async () => {
  const container = open({ t: "0.1", run: "0" });
  const other = container.querySelector("details");
  if (!other) throw new Error("no other run");
  expect(within(other).queryByText(/Does the right hand/)).toBeNull();
  act(() => {
    other.open = true;
    fireEvent(other, new Event("toggle"));
  });
  expect(within(other).getByText("Does the right hand move in this clip?")).toBeTruthy();
  fireEvent.click(within(other).getByRole("button", { name: "Choose this run" }));
  expect(heading().textContent).toContain("bot");
});

test("frames of a window as the model got them", () => {
  const strips = [
    { grid: 0, runs: [0], pattern: "frames/0/{window}.webp", counts: Array(24).fill(8), width: 160, height: 120 },
  ];
  const container = open({ t: "1.7", run: "0" }, { ...sampleVideo(0), strips });
  const image = () => container.querySelector(".video-panel img");
  expect(image()?.getAttribute("src")).toBe("frames/0/3.webp");
  fireEvent.change(screen.getByLabelText(/^Run/), { target: { value: "1" } });
  expect(image()).toBeNull();
});

test("the window under every perturbation, with what each model said of it", () => {
  const pictures = (run: number) => ({
    grid: 0,
    runs: [run],
    pattern: `frames/${run}/{window}.jpg`,
    counts: Array(24).fill(8),
    width: 160,
    height: 120,
  });
  open({ t: "2.2", run: "0" }, { ...sampleVideo(0), strips: [pictures(0), pictures(6)] });
  const table = within(screen.getByRole("region", { name: /The same frames, changed 0:02.000/ }));
  expect(table.getAllByRole("rowheader").map((head) => head.querySelector("strong")?.textContent)).toEqual([
    "as is",
    "blank",
    "freeze",
  ]);
  expect(table.getAllByRole("img").map((image) => image.getAttribute("src"))).toEqual([
    "frames/0/4.jpg",
    "frames/6/4.jpg",
  ]);
  const [, asIs, blank] = table.getAllByRole("row");
  expect(asIs?.textContent).toMatch(/motion✓ yes82 %grasp✗ no18 %motion✗ no18 %/);
  expect(blank?.textContent).toMatch(/all frames are grey.*motion✗ no18 %grasp✓ yes82 %no run/);
});

test("one question, and no perturbation where no run of the task has one", () => {
  open({ t: "2.2", run: "0", q: "grasp" });
  expect(screen.getByRole("region", { name: /The same frames, changed/ }).textContent).not.toContain("motion");
  cleanup();
  open({ t: "2.2", run: "0" }, sampleVideo(0), { ...OVERVIEW, perturbed: [] });
  expect(screen.queryByRole("region", { name: /The same frames, changed/ })).toBeNull();
});

test("runs with other frames are neither among the other runs nor among the timelines", () => {
  const container = open({ t: "2.2", run: "0" });
  const others = () =>
    [...container.querySelectorAll("details.video-other summary .run-name")].map((it) => it.textContent);
  const lines = () => [...container.querySelectorAll("button.row-name")].map((it) => it.textContent);
  expect(others()).toEqual(["botdemo"]);
  expect(lines()).toEqual(["truth", "rater MB", "rehab_tiny", "rehab_tiny, decoded", "bot"]);
  fireEvent.change(screen.getByLabelText(/^Run/), { target: { value: "5" } });
  expect(others()).toEqual(["bot [freeze]demo"]);
  expect(lines()).toEqual(["truth", "rater MB", "rehab_tiny [freeze]", "bot [freeze]"]);
});

test("a video about which nothing is known still has its page", () => {
  const nothing = { ...sampleVideo(0), fps: null, timelines: [], grids: [], texts: [], asked: [], doses: [] };
  const container = open({ t: "99999" }, nothing);
  expect(container.textContent).toContain("There is no timeline of this video.");
  expect(container.textContent).toContain("No run of this report was asked about this video.");
  expect(clock()).toBe("0:12.000");
  for (const key of ["n", "p", "ArrowUp", "ArrowDown", "+", "-"]) press(key);
});
