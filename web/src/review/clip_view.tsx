// A Fugl-Meyer clip: where the movement starts and ends, and the score of each item that the clip shows.

import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type Binding, KeyList, useKeys } from "../parts/keys.tsx";
import { Playback } from "../parts/playback.ts";
import { Player } from "../parts/player.tsx";
import { clockText } from "../parts/time.ts";
import { ClipPen, clipKeys } from "./clip_pen.ts";
import { CLIPS, type ClipContent } from "./contents.ts";
import type { Desk, Subject } from "./desk.ts";
import { NO_MARKS, SCORES } from "./marks.ts";
import { FoundCopy, goTo, leaveFocus, Open, type Opened, SaveLine, Ways } from "./opened.tsx";
import { playbackKeys } from "./pen_keys.ts";
import type { Edge } from "./tracks.ts";
import type { ClipMarks, ClipToReview, ReviewedClip } from "./types.ts";

interface ClipProps {
  readonly desk: Desk;
  readonly subject: Subject;
}

/** The view of a clip. */
export function ClipView(props: ClipProps) {
  return (
    <Open desk={props.desk} handling={CLIPS} subject={props.subject}>
      {(opened) => <OpenClip {...props} opened={opened} />}
    </Open>
  );
}

function OpenClip({ desk, subject, opened }: ClipProps & { opened: Opened<ClipToReview, ClipContent> }) {
  const { found, saving, copy, dropCopies } = opened;
  const { clips } = desk.session.value;
  const clip = clips[subject.place] as ReviewedClip;
  const [atFirst] = useState<ClipContent>({ marks: found.marks ?? NO_MARKS, done: found.done });
  const [pen] = useState(() => new ClipPen(clip, atFirst, new Playback(clip.duration_ms, clip.fps)));
  const [listed, setListed] = useState(false);
  useEffect(() => {
    let before = atFirst;
    return effect(() => {
      if (pen.content.value === before) return;
      before = pen.content.value;
      saving.change(before);
    });
  }, [pen, saving]);
  const ids = clips.map((one) => one.id);
  const keys: Binding[] = [
    ...playbackKeys(pen.playback),
    ...clipKeys(pen),
    { keys: ["x"], does: "done, or not done", act: () => pen.setDone(!pen.content.peek().done) },
    { keys: ["n"], does: "the next clip", act: () => goTo("clip", ids, subject.place + 1) },
    { keys: ["p"], does: "the clip before", act: () => goTo("clip", ids, subject.place - 1) },
    { keys: ["ctrl+s"], does: "save at once (it is saved within a second anyway)", act: () => void saving.flush() },
    { keys: ["?"], does: "this list", act: () => setListed(true) },
  ];
  useKeys(keys);
  const { marks, done } = pen.content.value;
  return (
    <div class="editor">
      <h1>{clip.id}</h1>
      <Ways view="clip" ids={ids} place={subject.place} done={done} setDone={(is) => pen.setDone(is)} />
      {copy && (
        <FoundCopy
          copy={copy}
          use={() => {
            pen.change(copy.content);
            dropCopies();
          }}
          drop={dropCopies}
        />
      )}
      <div class="editor-top">
        <Player playback={pen.playback} media={found.media || null} bar={null} absent="There is no video here." />
        <aside aria-label="marks" onMouseDown={leaveFocus}>
          <SaveLine saving={saving} />
          <Marks marks={marks} markHere={(edge) => pen.markHere(edge)} seek={(at) => pen.playback.seek(at)} />
          <Items pen={pen} />
          <button type="button" onClick={() => setListed(true)}>
            Keys: <kbd>?</kbd>
          </button>
        </aside>
      </div>
      {listed && <KeyList bindings={keys} shut={() => setListed(false)} />}
    </div>
  );
}

function Items({ pen }: { pen: ClipPen }) {
  const { marks } = pen.content.value;
  return (
    <table class="items">
      <caption>Scores</caption>
      <tbody>
        {pen.clip.items.map(([number, name], place) => (
          <tr key={number} class={place === pen.item.value ? "is-current" : ""} aria-current={place === pen.item.value}>
            <th scope="row">
              {number}. {name}
            </th>
            {SCORES.map((value) => (
              <td key={value}>
                <button
                  type="button"
                  aria-pressed={marks.scores[number] === value}
                  aria-label={`item ${number}, score ${value}`}
                  onClick={() => pen.score(place, marks.scores[number] === value ? null : value)}
                >
                  {value}
                </button>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Marks(props: { marks: ClipMarks; markHere: (edge: Edge) => void; seek: (at: number) => void }) {
  const edges: readonly (readonly [Edge, string, number | null])[] = [
    ["start", "i", props.marks.start_ms],
    ["end", "o", props.marks.end_ms],
  ];
  return (
    <dl class="marks">
      {edges.map(([edge, key, at]) => (
        <div key={edge}>
          <dt>Movement {edge}s</dt>
          <dd>
            {at === null ? (
              <span class="soft">not marked</span>
            ) : (
              <button type="button" onClick={() => props.seek(at)} title="go there">
                {clockText(at)}
              </button>
            )}{" "}
            <button type="button" onClick={() => props.markHere(edge)}>
              {edge} here <kbd>{key}</kbd>
            </button>
          </dd>
        </div>
      ))}
    </dl>
  );
}
