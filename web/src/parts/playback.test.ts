import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Playback } from "./playback.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("without a video the clock goes by itself, at its rate, and ends at the end", () => {
  const playback = new Playback(4000, 30);
  playback.play();
  vi.advanceTimersByTime(1000);
  expect(Math.abs(playback.at.value - 1000)).toBeLessThan(40);
  playback.setRate(2);
  vi.advanceTimersByTime(500);
  expect(Math.abs(playback.at.value - 2000)).toBeLessThan(80);
  vi.advanceTimersByTime(5000);
  expect([playback.at.value, playback.playing.value]).toEqual([4000, false]);
  playback.play();
  expect(playback.at.value).toBe(0);
  playback.pause();
  vi.advanceTimersByTime(1000);
  expect(playback.at.value).toBe(0);
});

test.each([24, 25, 29.97, 30, 60, 240])("a step at %d frames a second goes to the next frame, and back", (fps) => {
  const playback = new Playback(10_000, fps);
  for (let frame = 1; frame <= 50; frame++) {
    playback.step(1);
    expect(playback.at.value).toBe(Math.round((frame * 1000) / fps));
  }
  playback.step(-50);
  expect(playback.at.value).toBe(0);
});

test("a time outside of the video is its nearest end", () => {
  const playback = new Playback(900, null);
  playback.seek(1e9);
  expect(playback.at.value).toBe(900);
  playback.step(1);
  expect(playback.at.value).toBe(900);
  playback.seek(-5);
  expect(playback.at.value).toBe(0);
});

test("a video that cannot be played is a message, and the clock goes on without it", () => {
  const playback = new Playback(1000, 30);
  const video = document.createElement("video");
  video.src = "media/P01%20drinking.mp4";
  const end = playback.attach(video);
  video.dispatchEvent(new Event("error"));
  expect(playback.problem.value).toMatch(/^This video cannot be played/);
  playback.play();
  vi.advanceTimersByTime(200);
  expect(playback.at.value).toBeGreaterThan(100);
  end();
  expect(playback.playing.value).toBe(false);
});

/** A video element as far as the clock needs one: jsdom does not play. */
function playable(): HTMLVideoElement {
  const video = document.createElement("video");
  let paused = true;
  Object.defineProperties(video, {
    readyState: { value: 4 },
    seeking: { value: false, writable: true },
    currentTime: { value: 0, writable: true },
    play: {
      value: async () => {
        paused = false;
      },
    },
    pause: {
      value: () => {
        paused = true;
      },
    },
    paused: { get: () => paused },
  });
  return video;
}

test("with a video the clock is the video's; of many seeks the last one counts", () => {
  const playback = new Playback(10_000, 25);
  const video = playable();
  playback.attach(video);
  playback.seek(2000);
  expect(video.currentTime).toBeCloseTo(2.0015);
  Object.assign(video, { seeking: true });
  playback.seek(3000);
  playback.seek(4000);
  expect([playback.at.value, video.currentTime]).toEqual([4000, expect.closeTo(2.0015)]);
  Object.assign(video, { seeking: false });
  video.dispatchEvent(new Event("seeked"));
  expect(video.currentTime).toBeCloseTo(4.0015);
  playback.play();
  expect(video.paused).toBe(false);
  video.currentTime = 5;
  vi.advanceTimersByTime(100);
  expect(playback.at.value).toBe(5000);
  video.dispatchEvent(new Event("ended"));
  expect([playback.playing.value, playback.at.value]).toEqual([false, 10_000]);
});
