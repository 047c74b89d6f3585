// What the review page and its server say to each other: the same as in lmms_eval_plugins/reports/review/data.py.

import type { PageScheme } from "../data/types.ts";

export type Hand = "left" | "right";

export type State = "new" | "started" | "done";

/** A segment that a person drew, or of a draft: start, exclusive end, and the name of its label. */
export interface DrawnSegment {
  readonly start_ms: number;
  readonly end_ms: number;
  readonly label: string;
}

export type Tracks = Readonly<Partial<Record<Hand, readonly DrawnSegment[]>>>;

/** A video in the list of a session. */
export interface ReviewedVideo {
  readonly id: string;
  readonly patient: string;
  readonly activity: string;
  readonly view: string;
  readonly duration_ms: number;
  readonly fps: number;
  readonly hand: Hand | null;
  readonly uncertainty: number | null;
  readonly state: State;
  readonly active_s: number;
}

/** A Fugl-Meyer clip in the list of a session: its items as number and name. */
export interface ReviewedClip {
  readonly id: string;
  readonly patient: string;
  readonly duration_ms: number;
  readonly fps: number;
  readonly items: readonly (readonly [number, string])[];
  readonly state: State;
  readonly active_s: number;
}

/** ``GET api/session``: who works on what; both lists are in the order in which they are to be done. */
export interface ReviewSession {
  readonly schema_version: number;
  readonly rater: string;
  readonly dataset: string;
  readonly run: string | null;
  readonly scheme: PageScheme;
  readonly videos: readonly ReviewedVideo[];
  readonly clips: readonly ReviewedClip[];
}

/** A timeline to start from: its name, as ``decoded``, and its tracks. */
export interface Draft {
  readonly name: string;
  readonly tracks: Tracks;
}

/** ``GET api/videos/{place}``: what this rater saved, if anything, and the drafts. */
export interface VideoToReview {
  readonly revision: string;
  readonly media: string;
  readonly tracks: Tracks | null;
  readonly draft: string | null;
  readonly drafts: readonly Draft[];
  readonly done: boolean;
}

/** ``PUT api/videos/{place}``: save tracks. */
export interface SaveVideo {
  readonly revision: string;
  readonly tab: string;
  readonly draft: string | null;
  readonly tracks: Tracks;
  readonly active_s: number;
  readonly done: boolean;
}

/** What a rater says of a clip: when the movement starts and ends, and the score of each item (by number). */
export interface ClipMarks {
  readonly start_ms: number | null;
  readonly end_ms: number | null;
  readonly scores: Readonly<Record<number, number>>;
}

/** ``GET api/clips/{place}``: see `VideoToReview`. */
export interface ClipToReview {
  readonly revision: string;
  readonly media: string;
  readonly marks: ClipMarks | null;
  readonly done: boolean;
}

/** ``PUT api/clips/{place}``: see `SaveVideo`. */
export interface SaveClip {
  readonly revision: string;
  readonly tab: string;
  readonly marks: ClipMarks;
  readonly active_s: number;
  readonly done: boolean;
}

/** The answer to a save that succeeded (200): the new state on disk. */
export interface SaveDone {
  readonly revision: string;
}

/** The answer to any request that did not succeed, with its status, in one line for the person. */
export interface SaveRefused {
  readonly message: string;
  readonly revision: string | null;
}
