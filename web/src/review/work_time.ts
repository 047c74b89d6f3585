// How long a person works: the seconds with a movement of hand or key in the last thirty, while the page is seen.

const IDLE_MS = 30_000;

export class WorkTime {
  #total_ms = 0;
  #last: number | null = null;

  /** Note that the person did something. */
  touch(now: number): void {
    this.#add(now);
    this.#last = now;
  }

  /** Note that the page is no longer seen. */
  hide(now: number): void {
    this.#add(now);
    this.#last = null;
  }

  /** Return the seconds of work up to a moment. */
  seconds(now: number): number {
    return (this.#total_ms + this.#since(now)) / 1000;
  }

  #add(now: number): void {
    this.#total_ms += this.#since(now);
  }

  #since(now: number): number {
    return this.#last === null ? 0 : Math.min(Math.max(0, now - this.#last), IDLE_MS);
  }
}

/** Note what happens on a page; return what ends that. */
export function watchWork(time: WorkTime, page: Document): () => void {
  const touch = () => time.touch(Date.now());
  const seen = () => (page.visibilityState === "hidden" ? time.hide(Date.now()) : touch());
  const kinds = ["pointerdown", "pointermove", "keydown", "wheel"];
  for (const kind of kinds) page.addEventListener(kind, touch, { passive: true });
  page.addEventListener("visibilitychange", seen);
  return () => {
    for (const kind of kinds) page.removeEventListener(kind, touch);
    page.removeEventListener("visibilitychange", seen);
  };
}
