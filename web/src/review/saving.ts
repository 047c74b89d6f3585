// Saves what a person changes: soon after the change, again until it has succeeded, with a copy in the browser until then.

import { type Signal, signal } from "@preact/signals";
import type { SaveAnswer } from "./api.ts";

export type SaveState =
  | { readonly kind: "unchanged" }
  | { readonly kind: "saving" }
  | { readonly kind: "saved"; readonly at: Date }
  | { readonly kind: "failed"; readonly why: string; readonly again: boolean; readonly kept: boolean }
  | { readonly kind: "conflict" };

/** What lies on disk: its revision, and its content if there is any. */
export interface OnDisk<C> {
  readonly revision: string;
  readonly content: C | null;
}

/** What the saving of one video or clip needs of the world around it. */
export interface SavePort<C> {
  send(content: C, revision: string, active_s: number, closing: boolean): Promise<SaveAnswer>;
  onDisk(): Promise<OnDisk<C>>;
  same(one: C, other: C): boolean;
  /** Keep a copy in the browser; whether that succeeded. */
  keep(content: C, revision: string): boolean;
  forget(): void;
  /** Seconds of work since the page was opened. */
  seconds(): number;
  told(revision: string): void;
}

const SOON_MS = 800;
const AGAIN_MS = 1000;
const LATEST_AGAIN_MS = 15_000;
const MOST_SECONDS = 3600;

const CONFLICT = 409;
const DISK = 507;

export class Saving<C> {
  readonly state: Signal<SaveState> = signal<SaveState>({ kind: "unchanged" });
  readonly #port: SavePort<C>;
  #revision: string;
  #pending: { readonly content: C } | null = null;
  #onDisk: C | null;
  /** What was sent without an answer: it may be on disk. */
  #doubtful: { readonly content: C; readonly seconds: number } | null = null;
  #sending: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #counted = 0;
  #kept = true;
  #stopped = false;

  constructor(disk: OnDisk<C>, port: SavePort<C>) {
    this.#revision = disk.revision;
    this.#onDisk = disk.content;
    this.#port = port;
  }

  /** Whether something is not on disk yet. */
  get unsaved(): boolean {
    return this.#pending !== null;
  }

  /** The state on disk that this page knows. */
  get revision(): string {
    return this.#revision;
  }

  /** Save this soon: everything, not only what changed. */
  change(content: C): void {
    this.#pending = { content };
    this.#kept = this.#port.keep(content, this.#revision);
    if (this.state.value.kind === "conflict") return;
    if (this.state.value.kind !== "failed") this.state.value = { kind: "saving" };
    this.#schedule(SOON_MS);
  }

  /** Save now what is not saved, the last seconds of work too; return whether everything is on disk. */
  async flush(): Promise<boolean> {
    await this.#sending;
    this.#addWork();
    if (this.#pending) await this.#attempt();
    return !this.unsaved;
  }

  /** Send what is not saved as the page closes; the copy in the browser stays, for there is no time to hear the answer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#addWork();
    if (!this.#pending || this.state.value.kind === "conflict") return;
    void this.#port.send(this.#pending.content, this.#revision, this.#seconds(), true);
  }

  /** End: nothing is sent any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  /** After a conflict: save this page's state over the one on disk. */
  async keepMine(): Promise<void> {
    const disk = await this.#port.onDisk().catch(() => null);
    if (!disk) return;
    this.#revision = disk.revision;
    this.state.value = { kind: "saving" };
    await this.#attempt();
  }

  /** After a conflict: give up this page's state and end, so that the one on disk can be loaded. */
  takeTheirs(): void {
    this.#pending = null;
    this.#port.forget();
    this.stop();
  }

  #schedule(wait_ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#attempt(), wait_ms);
  }

  #attempt(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#sending || !this.#pending || this.state.value.kind === "conflict")
      return this.#sending ?? Promise.resolve();
    this.#sending = this.#send(this.#pending).finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #send(sent: { readonly content: C }): Promise<void> {
    const seconds = this.#port.seconds();
    if (this.state.value.kind !== "failed") this.state.value = { kind: "saving" };
    const answer = await this.#port
      .send(sent.content, this.#revision, this.#seconds(), false)
      .catch((error: unknown): SaveAnswer => ({ kind: "refused", status: 0, message: String(error) }));
    if (answer.kind === "saved") return this.#arrived(sent, answer.revision, seconds);
    if (answer.kind === "unreachable") {
      this.#doubtful = { content: sent.content, seconds };
      return this.#failed("the server does not answer", true);
    }
    if (answer.status === CONFLICT) return this.#conflict(sent, seconds, answer.message);
    return this.#failed(answer.message, answer.status === DISK || answer.status >= 500);
  }

  #arrived(sent: { readonly content: C }, revision: string, seconds: number): void {
    this.#revision = revision;
    this.#counted = seconds;
    this.#failures = 0;
    this.#doubtful = null;
    this.#port.told(revision);
    if (this.#pending && this.#pending !== sent) {
      this.#kept = this.#port.keep(this.#pending.content, revision);
      this.state.value = { kind: "saving" };
      this.#schedule(SOON_MS);
      return;
    }
    this.#pending = null;
    this.#onDisk = sent.content;
    this.#port.forget();
    this.state.value = { kind: "saved", at: new Date() };
  }

  #failed(why: string, again: boolean): void {
    this.#failures += 1;
    this.state.value = { kind: "failed", why, again, kept: this.#kept };
    if (again) this.#schedule(Math.min(AGAIN_MS * 2 ** (this.#failures - 1), LATEST_AGAIN_MS));
  }

  /** Another saved first, unless that was this page itself, whose answer was lost, or who saved the same. */
  async #conflict(sent: { readonly content: C }, seconds: number, message: string): Promise<void> {
    const disk = await this.#port.onDisk().catch(() => null);
    if (!disk) return this.#failed(message, true);
    if (disk.content && this.#port.same(disk.content, sent.content)) return this.#arrived(sent, disk.revision, seconds);
    const doubtful = this.#doubtful;
    this.#doubtful = null;
    if (disk.content && doubtful && this.#port.same(disk.content, doubtful.content)) {
      this.#revision = disk.revision;
      this.#counted = doubtful.seconds;
      this.#schedule(0);
      return;
    }
    this.state.value = { kind: "conflict" };
  }

  /** Who looked at saved work without a change has worked too. */
  #addWork(): void {
    if (!this.#pending && this.#onDisk && this.#seconds() >= 1) this.#pending = { content: this.#onDisk };
  }

  #seconds(): number {
    return Math.min(Math.max(0, this.#port.seconds() - this.#counted), MOST_SECONDS);
  }
}
