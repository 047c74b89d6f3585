// A video with a pen: the player, both hands' tracks under it, labels and operations beside it.

import { effect, type Signal, signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { PageScheme } from "../data/types.ts";
import { type Binding, KeyList, useKeys } from "../parts/keys.tsx";
import { Playback } from "../parts/playback.ts";
import { Player } from "../parts/player.tsx";
import { LabelAt, Segments } from "../parts/segments.tsx";
import type { Span } from "../parts/time.ts";
import { TimelineRow, Timelines, zoom } from "../parts/timeline.tsx";
import { columnsOf } from "./columns.ts";
import { VIDEOS, type VideoContent } from "./contents.ts";
import type { Desk, Subject } from "./desk.ts";
import { HANDS, type HandTracks, savedTracks } from "./editing.ts";
import { FoundCopy, goTo, leaveFocus, Open, type Opened, SaveLine, Ways } from "./opened.tsx";
import { Palette } from "./palette.tsx";
import { Pen } from "./pen.ts";
import { penKeys, playbackKeys } from "./pen_keys.ts";
import { PenTrack } from "./pen_track.tsx";
import type { Draft, ReviewedVideo, Tracks, VideoToReview } from "./types.ts";

interface EditorProps {
  readonly desk: Desk;
  readonly subject: Subject;
}

/** The editor of a video. */
export function Editor(props: EditorProps) {
  return (
    <Open desk={props.desk} handling={VIDEOS} subject={props.subject}>
      {(opened) => <OpenVideo {...props} opened={opened} />}
    </Open>
  );
}

function OpenVideo({ desk, subject, opened }: EditorProps & { opened: Opened<VideoToReview, VideoContent> }) {
  const { found, saving, copy, dropCopies } = opened;
  const { scheme, videos } = desk.session.value;
  const video = videos[subject.place] as ReviewedVideo;
  const [pen] = useState(() => {
    const playback = new Playback(video.duration_ms, video.fps);
    return new Pen(video, scheme, found.tracks ?? {}, playback);
  });
  const draft = useSignal(found.draft);
  const done = useSignal(found.done);
  const [atFirst] = useState({ tracks: pen.editing.peek().tracks, done: found.done });
  const begun = useSignal(found.tracks !== null);
  useLayoutEffect(() => savingChanges(pen, draft, done, atFirst, saving), [pen, saving]);
  const start: Start = (name, tracks) => {
    draft.value = name;
    begun.value = true;
    pen.replace(tracks);
  };
  const [listed, setListed] = useState(false);
  const span = useMemo(() => signal<Span>({ from: 0, to: video.duration_ms }), [video]);
  const ids = videos.map((one) => one.id);
  const keys: Binding[] = [
    ...playbackKeys(pen.playback),
    ...(begun.value ? penKeys(pen, scheme) : startKeys(found.drafts, start)),
    { keys: ["+", "="], does: "zoom in", act: () => zoom({ playback: pen.playback, span }, "nearer") },
    { keys: ["-"], does: "zoom out", act: () => zoom({ playback: pen.playback, span }, "farther") },
    { keys: ["x"], does: "done, or not done", act: () => (done.value = !done.value) },
    { keys: ["n"], does: "the next video", act: () => goTo("video", ids, subject.place + 1) },
    { keys: ["p"], does: "the video before", act: () => goTo("video", ids, subject.place - 1) },
    { keys: ["ctrl+s"], does: "save at once (it is saved within a second anyway)", act: () => void saving.flush() },
    { keys: ["?"], does: "this list", act: () => setListed(true) },
  ];
  useKeys(keys);
  const { tracks, hand } = pen.editing.value;
  return (
    <div class="editor">
      <h1>{video.id}</h1>
      <Ways view="video" ids={ids} place={subject.place} done={done.value} setDone={(is) => (done.value = is)} />
      {copy && (
        <FoundCopy
          copy={copy}
          use={() => {
            done.value = copy.content.done;
            start(copy.content.draft, copy.content.tracks);
            dropCopies();
          }}
          drop={dropCopies}
        />
      )}
      <div class="editor-top">
        <Player
          playback={pen.playback}
          media={found.media || null}
          bar={{ timeline: columnsOf(tracks[hand], scheme), scheme, name: `${hand} hand` }}
          absent="There is no video here."
        />
        <aside aria-label="pen" onMouseDown={leaveFocus}>
          <SaveLine saving={saving} />
          {begun.value ? <Palette pen={pen} scheme={scheme} /> : <Starts drafts={found.drafts} start={start} />}
          <button type="button" onClick={() => setListed(true)}>
            Keys: <kbd>?</kbd>
          </button>
        </aside>
      </div>
      <Timelines playback={pen.playback} span={span}>
        {HANDS.map((one) => (
          <PenTrack key={one} pen={pen} hand={one} scheme={scheme} span={span} locked={!begun.value} />
        ))}
        {found.drafts.map((one) => (
          <DraftRows key={one.name} draft={one} scheme={scheme} span={span} pen={pen} />
        ))}
      </Timelines>
      <p class="soft screen-only">
        With the mouse: drag where nothing is to draw with the chosen label, a segment to move it, an edge to move the
        edge (with alt, the edge alone); shift draws over what is there. A click goes to its time.
      </p>
      {listed && <KeyList bindings={keys} shut={() => setListed(false)} />}
    </div>
  );
}

/** Save tracks and the mark whenever they change; return what ends that. */
function savingChanges(
  pen: Pen,
  draft: Signal<string | null>,
  done: Signal<boolean>,
  atFirst: { readonly tracks: HandTracks; readonly done: boolean },
  saving: Opened<VideoToReview, VideoContent>["saving"],
): () => void {
  let before = atFirst;
  return effect(() => {
    const now = { tracks: pen.editing.value.tracks, done: done.value };
    if (now.tracks === before.tracks && now.done === before.done) return;
    before = now;
    saving.change({ draft: draft.peek(), tracks: savedTracks(now.tracks), done: now.done });
  });
}

type Start = (name: string | null, tracks: Tracks) => void;

const START_EMPTY = "e";

function Starts({ drafts, start }: { drafts: readonly Draft[]; start: Start }) {
  return (
    <section class="starts">
      <h2>Nothing is drawn yet</h2>
      {drafts.map(({ name, tracks }, place) => (
        <button key={name} type="button" onClick={() => start(name, tracks)}>
          Start from {name} ({countOf(tracks)} segments) <kbd>{place + 1}</kbd>
        </button>
      ))}
      <button type="button" onClick={() => start(null, {})}>
        Start empty <kbd>{START_EMPTY}</kbd>
      </button>
    </section>
  );
}

function startKeys(drafts: readonly Draft[], start: Start): Binding[] {
  return [
    ...drafts.map(({ name, tracks }, place) => ({
      keys: [String(place + 1)],
      does: `start from ${name}`,
      act: () => start(name, tracks),
    })),
    { keys: [START_EMPTY], does: "start empty", act: () => start(null, {}) },
  ];
}

function DraftRows(props: { draft: Draft; scheme: PageScheme; span: Signal<Span>; pen: Pen }) {
  const { draft, scheme, span, pen } = props;
  return (
    <>
      {HANDS.flatMap((hand) => {
        const track = draft.tracks[hand];
        if (!track?.length) return [];
        const columns = columnsOf(track, scheme);
        const name = `draft: ${draft.name}, ${hand}`;
        return [
          <TimelineRow key={hand} name={name} now={<LabelAt timeline={columns} scheme={scheme} at={pen.playback.at} />}>
            <Segments timeline={columns} scheme={scheme} span={span.value} about={name} />
          </TimelineRow>,
        ];
      })}
    </>
  );
}

function countOf(tracks: Tracks): number {
  return HANDS.reduce((sum, hand) => sum + (tracks[hand]?.length ?? 0), 0);
}
