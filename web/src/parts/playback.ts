// The one clock of a page: it follows a video where one plays, and goes by itself where there is none.

import { type Signal, signal } from "@preact/signals";
import { clamp } from "./time.ts";

export const RATES: readonly number[] = [0.25, 0.5, 1, 1.5, 2];

const USUAL_FPS = 25;
const CANNOT_PLAY =
  "This video cannot be played here: it was moved, or is of a kind that this browser does not read. Everything else works without it.";

/** A video is sought this much after a frame's time in whole milliseconds, since that may lie before the frame. */
const INTO_FRAME_MS = 1.5;

export class Playback {
  /** Where the video is: milliseconds, whole ones while it does not play. */
  readonly at: Signal<number> = signal(0);
  readonly playing: Signal<boolean> = signal(false);
  readonly rate: Signal<number> = signal(1);
  /** What is wrong with the video, for the person; null where nothing is. */
  readonly problem: Signal<string | null> = signal(null);
  private readonly fps: number;
  private video: HTMLVideoElement | null = null;
  private sought: number | null = null;
  private callback = 0;
  private before = 0;

  constructor(
    readonly duration: number,
    fps: number | null,
  ) {
    this.fps = fps && fps > 0 ? fps : USUAL_FPS;
  }

  /** Follow a video element; the result ends that. */
  attach(video: HTMLVideoElement): () => void {
    const listeners: Readonly<Record<string, () => void>> = {
      loadedmetadata: () => {
        this.seek(this.at.peek());
        if (this.playing.peek()) this.start(video);
      },
      seeked: () => {
        const { sought } = this;
        this.sought = null;
        if (sought !== null) this.seek(sought);
      },
      ended: () => {
        this.pause();
        this.at.value = this.duration;
      },
      pause: () => this.pause(),
      error: () => {
        this.problem.value = CANNOT_PLAY;
      },
    };
    this.video = video;
    this.problem.value = null;
    for (const [name, act] of Object.entries(listeners)) video.addEventListener(name, act);
    return () => {
      for (const [name, act] of Object.entries(listeners)) video.removeEventListener(name, act);
      this.pause();
      this.video = null;
    };
  }

  play(): void {
    if (this.playing.peek()) return;
    if (this.at.peek() >= this.duration) this.seek(0);
    this.playing.value = true;
    const video = this.ready();
    if (video) this.start(video);
    this.before = performance.now();
    this.callback = requestAnimationFrame(this.tick);
  }

  pause(): void {
    if (!this.playing.peek()) return;
    this.playing.value = false;
    cancelAnimationFrame(this.callback);
    const video = this.ready();
    video?.pause();
    this.at.value = clamp(Math.round(video ? video.currentTime * 1000 : this.at.peek()), 0, this.duration);
  }

  toggle(): void {
    if (this.playing.peek()) this.pause();
    else this.play();
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    if (this.video) this.video.playbackRate = rate;
  }

  /** Go to a time in milliseconds, or the nearest that the video has. */
  seek(ms: number): void {
    const at = clamp(Math.round(ms), 0, this.duration);
    this.at.value = at;
    const video = this.ready();
    if (!video) return;
    if (video.seeking) this.sought = at;
    else video.currentTime = (at + INTO_FRAME_MS) / 1000;
  }

  /** Pause, and go to a frame so many after the present one. */
  step(frames: number): void {
    this.pause();
    const present = Math.floor(((this.at.peek() + 0.6) * this.fps) / 1000);
    this.seek(((present + frames) * 1000) / this.fps);
  }

  private start(video: HTMLVideoElement): void {
    video.playbackRate = this.rate.peek();
    video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.pause();
    });
  }

  private ready(): HTMLVideoElement | null {
    return this.video && this.video.readyState >= HTMLMediaElement.HAVE_METADATA ? this.video : null;
  }

  private readonly tick = (now: number): void => {
    const video = this.ready();
    const passed = Math.max(0, now - this.before) * this.rate.peek();
    const at = video ? Math.round(video.currentTime * 1000) : this.at.peek() + passed;
    this.before = now;
    if (!video?.seeking) this.at.value = clamp(at, 0, this.duration);
    if (at >= this.duration) this.pause();
    else this.callback = requestAnimationFrame(this.tick);
  };
}
