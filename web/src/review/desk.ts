// What all views of a review share: the session, the browser's copies, its tabs, and what is still being saved.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { readSession, save } from "./api.ts";
import type { Handling } from "./contents.ts";
import { Copies } from "./copies.ts";
import { Saving } from "./saving.ts";
import { type TabHearing, Tabs } from "./tabs.ts";
import type { ReviewSession, SaveClip, SaveVideo } from "./types.ts";
import { WorkTime, watchWork } from "./work_time.ts";

export class Desk {
  readonly session: Signal<ReviewSession>;
  readonly tabs: Tabs;
  readonly copies: Copies;
  /** Done when what was left last is saved, or has failed to be. */
  left: Promise<unknown> = Promise.resolve();

  private constructor(session: ReviewSession) {
    this.session = signal(session);
    this.tabs = new Tabs(JSON.stringify([session.dataset, session.rater]));
    this.copies = new Copies(localStorage, session.dataset, session.rater, this.tabs.name);
  }

  static async open(): Promise<Desk> {
    return new Desk(await readSession());
  }

  /** Read the session again, once what was left is saved. */
  async refresh(): Promise<void> {
    await this.left;
    this.session.value = await readSession();
  }
}

/** A video or clip that is open: its place in the session's list, and its id. */
export interface Subject {
  readonly place: number;
  readonly id: string;
}

/** Return the name of the copies of a video or clip. */
export function copyName<F, C>(handling: Handling<F, C>, id: string): string {
  return `${handling.kind}/${id}`;
}

/** Save what changes while a component is shown; the seconds of work with it; and hear of other tabs. */
export function useSaving<F, C>(
  desk: Desk,
  handling: Handling<F, C>,
  subject: Subject,
  found: F,
  hearing: TabHearing,
): Saving<C> {
  const time = useMemo(() => new WorkTime(), [found]);
  const saving = useMemo(() => savingOf(desk, handling, subject, found, time), [found]);
  useEffect(() => {
    time.touch(Date.now());
    const ends = [watchWork(time, document), desk.tabs.open(copyName(handling, subject.id), hearing)];
    const ask = (event: BeforeUnloadEvent) => {
      if (saving.unsaved) event.preventDefault();
    };
    const close = () => saving.close();
    const back = () => void saving.flush();
    addEventListener("beforeunload", ask);
    addEventListener("pagehide", close);
    addEventListener("online", back);
    return () => {
      removeEventListener("beforeunload", ask);
      removeEventListener("pagehide", close);
      removeEventListener("online", back);
      for (const end of ends) end();
      desk.left = saving.flush().finally(() => saving.stop());
    };
  }, [saving]);
  return saving;
}

function savingOf<F, C>(
  desk: Desk,
  handling: Handling<F, C>,
  { place, id }: Subject,
  found: F,
  time: WorkTime,
): Saving<C> {
  const { tabs, copies } = desk;
  const name = copyName(handling, id);
  return new Saving<C>(handling.onDisk(found), {
    send: (content, revision, active_s, closing) => {
      const body = { ...content, revision, tab: tabs.name, active_s } as unknown as SaveVideo | SaveClip;
      return save(handling.kind, place, body, closing);
    },
    onDisk: async () => handling.onDisk(await handling.read(place)),
    same: handling.same,
    keep: (content, revision) => copies.keep(name, content, revision),
    forget: () => copies.forget(name),
    seconds: () => time.seconds(Date.now()),
    told: (revision) => tabs.saved(name, revision),
  });
}
