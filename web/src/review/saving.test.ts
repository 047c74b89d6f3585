// @vitest-environment node
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SaveAnswer } from "./api.ts";
import { type OnDisk, type SavePort, Saving } from "./saving.ts";

/** A server with one file, whose content is a text. */
class FakeDisk implements SavePort<string> {
  disk: OnDisk<string> = { revision: "r0", content: null };
  copy: string | null = null;
  mood: "well" | "dead" | "mute" | "full" | "forbidden" = "well";
  sent: string[] = [];
  active: number[] = [];
  now = 0;
  takes_ms = 0;

  async send(content: string, revision: string, active_s: number): Promise<SaveAnswer> {
    if (this.takes_ms) await new Promise((done) => setTimeout(done, this.takes_ms));
    if (this.mood === "dead") return { kind: "unreachable" };
    if (this.mood === "full") return { kind: "refused", status: 507, message: "the disk is full" };
    if (this.mood === "forbidden") return { kind: "refused", status: 403, message: "wrong address" };
    if (revision !== this.disk.revision) return { kind: "refused", status: 409, message: "saved by another tab" };
    this.write(content);
    this.sent.push(content);
    this.active.push(active_s);
    return this.mood === "mute" ? { kind: "unreachable" } : { kind: "saved", revision: this.disk.revision };
  }
  write(content: string): void {
    this.disk = { revision: `r${Number(this.disk.revision.slice(1)) + 1}`, content };
  }
  async onDisk(): Promise<OnDisk<string>> {
    return this.disk;
  }
  same = (one: string, other: string): boolean => one === other;
  keep(content: string): boolean {
    this.copy = content;
    return true;
  }
  forget(): void {
    this.copy = null;
  }
  seconds = (): number => this.now;
  told(): void {}
}

let port: FakeDisk;
let saving: Saving<string>;

beforeEach(() => {
  vi.useFakeTimers();
  port = new FakeDisk();
  saving = new Saving(port.disk, port);
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("a change is on disk within a second, several in between are one save", async () => {
  saving.change("a");
  await pass(300);
  saving.change("ab");
  expect(port.copy).toBe("ab");
  expect(port.sent).toEqual([]);
  await pass(1000);
  expect(port.sent).toEqual(["ab"]);
  expect(saving.state.value.kind).toBe("saved");
  expect(port.copy).toBeNull();
});

test("a change during a save is saved after it", async () => {
  port.takes_ms = 500;
  saving.change("a");
  await pass(1000);
  saving.change("ab");
  await pass(400);
  expect(port.sent).toEqual(["a"]);
  expect(saving.unsaved).toBe(true);
  expect(port.copy).toBe("ab");
  await pass(1500);
  expect(port.sent).toEqual(["a", "ab"]);
  expect(saving.revision).toBe("r2");
});

describe.each(["dead", "full"] as const)("with a server that is %s", (mood) => {
  test("it says so, keeps a copy, and tries again until it succeeds", async () => {
    port.mood = mood;
    saving.change("a");
    await pass(1000);
    expect(saving.state.value).toMatchObject({ kind: "failed", again: true, kept: true });
    saving.change("ab");
    await pass(60_000);
    expect(port.copy).toBe("ab");
    port.mood = "well";
    await pass(15_000);
    expect(port.disk.content).toBe("ab");
    expect(saving.state.value.kind).toBe("saved");
    expect(port.copy).toBeNull();
  });
});

test("a refusal that time does not mend is not tried again by itself, but with the next change", async () => {
  port.mood = "forbidden";
  saving.change("a");
  await pass(60_000);
  expect(saving.state.value).toEqual({ kind: "failed", why: "wrong address", again: false, kept: true });
  port.mood = "well";
  await pass(60_000);
  expect(port.sent).toEqual([]);
  saving.change("ab");
  await pass(1000);
  expect(port.sent).toEqual(["ab"]);
});

test("another tab that saved first is a conflict, and nothing is written until the person chooses", async () => {
  port.write("theirs");
  saving.change("mine");
  await pass(1000);
  expect(saving.state.value.kind).toBe("conflict");
  saving.change("mine, more");
  await pass(60_000);
  expect(port.disk.content).toBe("theirs");
  expect(port.copy).toBe("mine, more");
  await saving.keepMine();
  expect(port.disk.content).toBe("mine, more");
  expect(saving.state.value.kind).toBe("saved");
});

test("to take theirs gives up this page's state", async () => {
  port.write("theirs");
  saving.change("mine");
  await pass(1000);
  port.now = 20;
  saving.takeTheirs();
  expect(saving.unsaved).toBe(false);
  await saving.flush();
  await pass(60_000);
  expect(port.disk.content).toBe("theirs");
  expect(port.copy).toBeNull();
});

test("a save whose answer was lost is no conflict with itself, and its seconds count once", async () => {
  port.mood = "mute";
  port.now = 10;
  saving.change("a");
  await pass(900);
  expect(saving.state.value.kind).toBe("failed");
  port.mood = "well";
  port.now = 15;
  saving.change("ab");
  await pass(5000);
  expect(port.sent).toEqual(["a", "ab"]);
  expect(port.active).toEqual([10, 5]);
  expect(saving.state.value.kind).toBe("saved");
});

test("each second of work is sent once, whether a save fails or not", async () => {
  port.now = 10;
  saving.change("a");
  await pass(1000);
  port.mood = "dead";
  port.now = 30;
  saving.change("b");
  await pass(1000);
  port.mood = "well";
  port.now = 42;
  await pass(15_000);
  expect(port.active).toEqual([10, 32]);
});

test("who looks at saved work and changes nothing has worked too", async () => {
  saving.change("a");
  await pass(1000);
  port.now = 20;
  await saving.flush();
  await saving.flush();
  expect(port.active).toEqual([0, 20]);
});

test("a page that was opened and left at once saves nothing", async () => {
  port.now = 20;
  expect(await saving.flush()).toBe(true);
  expect(port.sent).toEqual([]);
});
