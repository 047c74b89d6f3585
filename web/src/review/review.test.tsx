import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { route } from "../shell/route.ts";
import { REVIEW_SCHEMA } from "./api.ts";
import { Review } from "./review.tsx";
import type { ReviewedVideo, ReviewSession, SaveVideo, Tracks, VideoToReview } from "./types.ts";

const VIDEO: ReviewedVideo = {
  id: "P01 drinking",
  patient: "P01",
  activity: "drinking",
  view: "1",
  duration_ms: 4000,
  fps: 25,
  hand: "right",
  uncertainty: 0.2,
  state: "new",
  active_s: 90,
};
const SESSION: ReviewSession = {
  schema_version: REVIEW_SCHEMA,
  rater: "ann",
  dataset: "data",
  run: "tiny",
  scheme: {
    name: "test",
    labels: ["reach", "idle"].map((name) => ({ name, colour: "#112233", motion: true, grasp: false })),
  },
  videos: [VIDEO, { ...VIDEO, id: "P02 drinking", state: "done" }],
  clips: [],
};
const DRAFT: Tracks = {
  right: [
    { start_ms: 0, end_ms: 1000, label: "reach" },
    { start_ms: 1000, end_ms: 4000, label: "idle" },
  ],
};

/** What lies on the server's disk of the first video, and the saves that came. */
let disk: { revision: string; tracks: Tracks | null };
let saves: SaveVideo[];

async function answer(address: string, request?: RequestInit): Promise<Response> {
  if (address === "api/session") return Response.json(SESSION);
  if (request?.method !== "PUT") {
    const found: VideoToReview = {
      ...disk,
      media: "",
      draft: null,
      drafts: [{ name: "decoded", tracks: DRAFT }],
      done: false,
    };
    return Response.json(found);
  }
  const body = JSON.parse(String(request.body)) as SaveVideo;
  if (body.revision !== disk.revision) return Response.json({ message: "another", revision: null }, { status: 409 });
  saves.push(body);
  disk = { revision: `${disk.revision}+`, tracks: body.tracks };
  return Response.json({ revision: disk.revision });
}

beforeEach(() => {
  localStorage.clear();
  disk = { revision: "", tracks: null };
  saves = [];
  vi.stubGlobal("fetch", vi.fn(answer));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(id: string | null): void {
  route.value = { path: id === null ? [] : ["video", id], query: {} };
  render(<Review />);
}

const press = (key: string) => fireEvent.keyDown(document.body, { key });
const saved = (n: number) => vi.waitFor(() => expect(saves).toHaveLength(n), { timeout: 3000 });

test("the list says what is to be done, and how long it took", async () => {
  open(null);
  expect(await screen.findByRole("link", { name: "Begin with P01 drinking" })).toBeDefined();
  expect(screen.getByText(/1 of 2 done, 3.0 minutes of work/)).toBeDefined();
});

test("a draft is corrected with keys alone, and what is shown is what is saved", async () => {
  open(VIDEO.id);
  await screen.findByRole("button", { name: /Start from decoded/ });
  await vi.waitFor(() => {
    press("?"); // keys are heard once the page is painted
    screen.getByRole("dialog", { hidden: true });
  });
  fireEvent(screen.getByRole("dialog", { hidden: true }), new Event("close"));
  press("1");
  await screen.findByRole("button", { name: /^Split/ });
  press("ArrowDown");
  press("1");
  expect(await screen.findByRole("listitem", { name: "reach, 0:01.000 to 0:04.000" })).toBeDefined();
  press("x");
  await saved(1);
  expect(saves[0]).toMatchObject({ revision: "", draft: "decoded", done: true });
  expect(saves[0]?.tracks.right?.map(({ label }) => label)).toEqual(["reach", "reach"]);
  expect(await screen.findByText(/^Saved at/)).toBeDefined();
});

test("who saved first is not written over unasked", async () => {
  open(VIDEO.id);
  fireEvent.click(await screen.findByRole("button", { name: /Start empty/ }));
  await screen.findByRole("button", { name: /^Split/ });
  disk = { revision: "theirs", tracks: DRAFT };
  for (const key of ["1", "End", "d"]) press(key);
  fireEvent.click(await screen.findByRole("button", { name: /Keep mine/ }, { timeout: 3000 }));
  await saved(1);
  expect(disk.tracks?.right).toEqual([{ start_ms: 0, end_ms: 4000, label: "reach" }]);
});

test("changes that a closed tab left are offered, and thrown away only when asked", async () => {
  const key = 'strokerehab-review ["data","ann"] "videos/P01 drinking" gone';
  const content = { draft: null, tracks: { left: DRAFT.right }, done: false };
  localStorage.setItem(key, JSON.stringify({ at: 0, revision: "", content }));
  open(VIDEO.id);
  fireEvent.click(await screen.findByRole("button", { name: "Use them" }));
  await saved(1);
  expect(saves[0]?.tracks).toEqual(content.tracks);
  await vi.waitFor(() => expect(localStorage).toHaveLength(0));
});

test("a video that is not in the session is named", async () => {
  open("P09");
  expect((await screen.findByRole("alert")).textContent).toContain("There is no video P09 in this review.");
});
