// A video with controls of our own, and the same controls where there is no video: a clock that can be moved.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PageScheme } from "../data/types.ts";
import { type Playback, RATES } from "./playback.ts";
import { type Columns, Segments } from "./segments.tsx";
import { clockText } from "./time.ts";
import "./player.css";

interface PlayerProps {
  readonly playback: Playback;
  /** Address of a video; null where there is none. */
  readonly media: string | null;
  /** What the seek bar shows: a timeline, of which scheme, and what a reader calls it. */
  readonly bar: { readonly timeline: Columns; readonly scheme: PageScheme; readonly name: string } | null;
  /** What is said where there is no video. */
  readonly absent: ComponentChildren;
}

/** A video, its seek bar in the colours of a timeline, and buttons: play, frame by frame, speed. */
export function Player(props: PlayerProps) {
  const { playback, media, bar } = props;
  useEffect(() => () => playback.pause(), [playback]);
  const whole = { from: 0, to: playback.duration };
  return (
    <section class="player" aria-label="player">
      {media ? <Footage playback={playback} media={media} /> : <p class="player-absent soft">{props.absent}</p>}
      <div class="player-bar">
        {bar && <Segments timeline={bar.timeline} scheme={bar.scheme} span={whole} about={`seek bar: ${bar.name}`} />}
        <Seek playback={playback} />
      </div>
      <div class="player-controls">
        <PlayButton playback={playback} />
        <button type="button" aria-label="one frame back" onClick={() => playback.step(-1)}>
          ‹
        </button>
        <button type="button" aria-label="one frame on" onClick={() => playback.step(1)}>
          ›
        </button>
        <Clock playback={playback} />
        <Rate playback={playback} />
      </div>
    </section>
  );
}

function Footage(props: { playback: Playback; media: string }) {
  const { playback, media } = props;
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => (video.current ? playback.attach(video.current) : undefined), [playback, media]);
  const problem = playback.problem.value;
  return (
    <>
      <video
        key={media}
        ref={video}
        src={media}
        hidden={problem !== null}
        muted
        playsInline
        preload="auto"
        aria-label="video"
        onClick={() => playback.toggle()}
      />
      {problem && (
        <p class="player-absent" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function Seek(props: { playback: Playback }) {
  const { playback } = props;
  const at = playback.at.value;
  return (
    <>
      <div class="player-heads">
        <Playhead share={at / Math.max(1, playback.duration)} />
      </div>
      <input
        type="range"
        min={0}
        max={playback.duration}
        step={1}
        value={at}
        aria-label="time in the video"
        aria-valuetext={clockText(at)}
        onInput={(event) => playback.seek(event.currentTarget.valueAsNumber)}
      />
    </>
  );
}

function PlayButton(props: { playback: Playback }) {
  const plays = props.playback.playing.value;
  return (
    <button type="button" class="player-play" onClick={() => props.playback.toggle()}>
      {plays ? "❚❚ Pause" : "▶ Play"}
    </button>
  );
}

function Clock(props: { playback: Playback }) {
  return (
    <span class="player-clock">
      {clockText(props.playback.at.value)} <span class="soft">of {clockText(props.playback.duration)}</span>
    </span>
  );
}

function Rate(props: { playback: Playback }) {
  const { playback } = props;
  return (
    <label>
      Speed{" "}
      <select value={playback.rate.value} onChange={(event) => playback.setRate(Number(event.currentTarget.value))}>
        {RATES.map((rate) => (
          <option key={rate} value={rate}>
            {rate} ×
          </option>
        ))}
      </select>
    </label>
  );
}

/** A line at a share of the width of what holds it; moved without painting anything else again. */
export function Playhead(props: { share: number }) {
  return <div class="player-head" style={{ transform: `translateX(${100 * props.share}%)` }} />;
}
