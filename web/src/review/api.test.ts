import { afterEach, expect, test, vi } from "vitest";
import { readVideo, save } from "./api.ts";
import type { SaveVideo } from "./types.ts";

const VIDEO = { revision: "r1", media: "media/0", tracks: null, draft: null, drafts: [], done: false };
const BODY: SaveVideo = { revision: "r1", tab: "t", draft: null, tracks: {}, active_s: 0, done: false };

function answer(status: number, body: string, type = "application/json"): void {
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(body, { status, headers: { "content-type": type } })),
  );
}

afterEach(() => vi.unstubAllGlobals());

test("what the server says is believed with the keys that are known, and no others", async () => {
  answer(200, JSON.stringify(VIDEO));
  expect(await readVideo(0)).toEqual(VIDEO);
  answer(200, JSON.stringify({ ...VIDEO, frames: 3 }));
  await expect(readVideo(0)).rejects.toThrow("has the unknown key frames");
  answer(200, JSON.stringify({ ...VIDEO, done: undefined }));
  await expect(readVideo(0)).rejects.toThrow("lacks its key done");
});

test("a request that does not succeed is told in the server's words", async () => {
  answer(403, JSON.stringify({ message: "This address is of another review.", revision: null }));
  await expect(readVideo(0)).rejects.toThrow("This address is of another review.");
  answer(403, "This address is old.\n", "text/plain; charset=utf-8");
  await expect(readVideo(0)).rejects.toThrow(/^This address is old.$/);
  answer(500, "<html>", "text/html");
  await expect(readVideo(0)).rejects.toThrow("status 500");
});

test("a save is done, refused, or not heard of", async () => {
  answer(200, JSON.stringify({ revision: "r2" }));
  expect(await save("videos", 0, BODY, false)).toEqual({ kind: "saved", revision: "r2" });
  answer(507, JSON.stringify({ message: "The disk is full.", revision: null }));
  expect(await save("videos", 0, BODY, false)).toEqual({ kind: "refused", status: 507, message: "The disk is full." });
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => Promise.reject(new TypeError("Failed to fetch"))),
  );
  expect(await save("videos", 0, BODY, false)).toEqual({ kind: "unreachable" });
  await expect(readVideo(0)).rejects.toThrow("does not answer");
});
