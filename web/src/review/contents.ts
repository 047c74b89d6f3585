// What is saved of a video and of a clip: how it is read from the server, compared, and known again in the browser's copies.

import { type Kind, readClip, readVideo } from "./api.ts";
import { sameTracks } from "./editing.ts";
import { sameMarks } from "./marks.ts";
import type { OnDisk } from "./saving.ts";
import type { ClipMarks, ClipToReview, DrawnSegment, SaveClip, SaveVideo, Tracks, VideoToReview } from "./types.ts";

export type VideoContent = Pick<SaveVideo, "draft" | "tracks" | "done">;
export type ClipContent = Pick<SaveClip, "marks" | "done">;

/** How the content of one kind of thing is handled; `Found` is what the server says of it. */
export interface Handling<Found, Content> {
  readonly kind: Kind;
  read(place: number): Promise<Found>;
  onDisk(found: Found): OnDisk<Content>;
  same(one: Content, other: Content): boolean;
  isContent(value: unknown): value is Content;
}

export const VIDEOS: Handling<VideoToReview, VideoContent> = {
  kind: "videos",
  read: readVideo,
  onDisk: ({ revision, tracks, draft, done }) => ({ revision, content: tracks && { tracks, draft, done } }),
  same: (one, other) => one.done === other.done && sameTracks(one.tracks, other.tracks),
  isContent: (value): value is VideoContent =>
    isRecord(value) &&
    isTracks(value.tracks) &&
    typeof value.done === "boolean" &&
    (value.draft === null || typeof value.draft === "string"),
};

export const CLIPS: Handling<ClipToReview, ClipContent> = {
  kind: "clips",
  read: readClip,
  onDisk: ({ revision, marks, done }) => ({ revision, content: marks && { marks, done } }),
  same: (one, other) => one.done === other.done && sameMarks(one.marks, other.marks),
  isContent: (value): value is ClipContent =>
    isRecord(value) && isMarks(value.marks) && typeof value.done === "boolean",
};

function isTracks(value: unknown): value is Tracks {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([hand, track]) => ["left", "right"].includes(hand) && Array.isArray(track) && track.every(isSegment),
    )
  );
}

function isSegment(value: unknown): value is DrawnSegment {
  return isRecord(value) && isTime(value.start_ms) && isTime(value.end_ms) && typeof value.label === "string";
}

function isMarks(value: unknown): value is ClipMarks {
  return (
    isRecord(value) &&
    [value.start_ms, value.end_ms].every((time) => time === null || isTime(time)) &&
    isRecord(value.scores) &&
    Object.values(value.scores).every((score) => score === 0 || score === 1 || score === 2)
  );
}

function isTime(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
