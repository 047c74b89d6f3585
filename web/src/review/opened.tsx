// What a video and a clip have in common once they are open: loading, copies that were found, conflicts, the way on.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Load } from "../shell/load.tsx";
import { href } from "../shell/route.ts";
import type { Handling } from "./contents.ts";
import type { Copy } from "./copies.ts";
import { copyName, type Desk, type Subject, useSaving } from "./desk.ts";
import type { Saving } from "./saving.ts";

/** The newest copy in the browser that is not what lies on disk; `older`: something was saved since. */
export interface UnsavedCopy<C> extends Copy<C> {
  readonly older: boolean;
}

/** What the view of an open video or clip works with. */
export interface Opened<F, C> {
  readonly found: F;
  readonly saving: Saving<C>;
  readonly copy: UnsavedCopy<C> | null;
  readonly dropCopies: () => void;
}

interface OpenProps<F, C> {
  readonly desk: Desk;
  readonly handling: Handling<F, C>;
  readonly subject: Subject;
  readonly children: (opened: Opened<F, C>) => ComponentChildren;
}

/** Load a video or clip, and again where another tab saved it. */
export function Open<F, C>(props: OpenProps<F, C>) {
  const [times, setTimes] = useState(0);
  const read = () => props.desk.left.then(() => props.handling.read(props.subject.place));
  return (
    <Load of={read} by={times}>
      {(found) => <Loaded key={times} {...props} found={found} again={() => setTimes(times + 1)} />}
    </Load>
  );
}

function Loaded<F, C>(props: OpenProps<F, C> & { found: F; again: () => void }) {
  const { desk, handling, subject, found, again } = props;
  const [elsewhere, setElsewhere] = useState(false);
  const saving = useSaving(desk, handling, subject, found, {
    elsewhere: () => setElsewhere(true),
    savedElsewhere: () => {
      if (saving.unsaved) return;
      saving.stop();
      again();
    },
  });
  const name = copyName(handling, subject.id);
  const [copy, setCopy] = useState(() => unsavedCopy(desk, handling, name, found));
  const dropCopies = () => {
    for (const { key } of desk.copies.of(name, handling.isContent))
      if (key !== desk.copies.key(name)) desk.copies.drop(key);
    if (!saving.unsaved) desk.copies.forget(name);
    setCopy(null);
  };
  return (
    <>
      {elsewhere && (
        <p role="status" class="doubtful">
          {subject.id} is open in another tab too: work in one of them. Whoever saves later is asked.
        </p>
      )}
      {saving.state.value.kind === "conflict" && <Conflict saving={saving} again={again} />}
      {props.children({ found, saving, copy, dropCopies })}
    </>
  );
}

function Conflict<C>({ saving, again }: { saving: Saving<C>; again: () => void }) {
  const take = () => {
    saving.takeTheirs();
    again();
  };
  return (
    <div role="alert" class="notice wrong">
      <p>
        Not saved: another tab or program has saved this since it was opened here. Nothing is lost until you choose.
      </p>
      <button type="button" onClick={take}>
        Take theirs, and give up what is shown here
      </button>
      <button type="button" onClick={() => void saving.keepMine()}>
        Keep mine, over theirs
      </button>
    </div>
  );
}

/** What is said of a copy that a closed tab left, with what to do about it. */
export function FoundCopy<C>(props: { copy: UnsavedCopy<C>; use: () => void; drop: () => void }) {
  return (
    <div role="alert" class="notice doubtful">
      <p>
        Changes of {new Date(props.copy.at).toLocaleString()} that were never saved are in this browser.
        {props.copy.older && " Since then something else was saved, which they would replace."}
      </p>
      <button type="button" onClick={props.use}>
        Use them
      </button>
      <button type="button" onClick={props.drop}>
        Throw them away
      </button>
    </div>
  );
}

/** Whether everything is saved, as a line that is read out when it changes. */
export function SaveLine<C>({ saving }: { saving: Saving<C> }) {
  const state = saving.state.value;
  const [kind, words] = ((): readonly [string, string] => {
    switch (state.kind) {
      case "unchanged":
        return ["soft", "No changes."];
      case "saving":
        return ["soft", "Saving …"];
      case "saved":
        return ["fine", `Saved at ${state.at.toLocaleTimeString()}.`];
      case "conflict":
        return ["wrong", "Not saved: another tab or program saved first."];
      case "failed": {
        const copy = state.kept
          ? "A copy is kept in this browser."
          : "This browser keeps no copy: leave the page open.";
        return [
          "wrong",
          `Not saved: ${state.why.replace(/\.$/, "")}. ${state.again ? "It is tried again. " : ""}${copy}`,
        ];
      }
    }
  })();
  return (
    <p role="status" class={`save-line ${kind}`}>
      {words}
    </p>
  );
}

/** Links to the list, the one before and the next; and the mark that this one is done. */
export function Ways(props: {
  view: "video" | "clip";
  ids: readonly string[];
  place: number;
  done: boolean;
  setDone: (done: boolean) => void;
}) {
  const { view, ids, place } = props;
  const [before, after] = [ids[place - 1], ids[place + 1]];
  return (
    <nav class="ways" aria-label={`${view}s`}>
      <a href={href([])}>All {view}s</a>
      <span>
        {place + 1} of {ids.length}
      </span>
      {before !== undefined && <a href={href([view, before])}>‹ {before}</a>}
      {after !== undefined && <a href={href([view, after])}>{after} ›</a>}
      <label onMouseDown={leaveFocus}>
        <input type="checkbox" checked={props.done} onChange={(event) => props.setDone(event.currentTarget.checked)} />{" "}
        done
      </label>
    </nav>
  );
}

/** Leave the focus where it is when something is clicked, so that the space bar goes on to play. */
export function leaveFocus(event: MouseEvent): void {
  event.preventDefault();
}

/** Go to the video or clip so many after this one in the session's list. */
export function goTo(view: "video" | "clip", ids: readonly string[], place: number): void {
  const id = ids[place];
  if (id !== undefined) location.hash = href([view, id]);
}

function unsavedCopy<F, C>(desk: Desk, handling: Handling<F, C>, name: string, found: F): UnsavedCopy<C> | null {
  const { content, revision } = handling.onDisk(found);
  const isSaved = (copy: Copy<C>) => content !== null && handling.same(copy.content, content);
  const copies = desk.copies.of(name, handling.isContent);
  for (const copy of copies.filter(isSaved)) desk.copies.drop(copy.key);
  const newest = copies.find((copy) => !isSaved(copy));
  return newest ? { ...newest, older: newest.revision !== revision } : null;
}
