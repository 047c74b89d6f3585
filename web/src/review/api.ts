// The review's server as the page asks it: addresses beside the page, answers checked before they are believed.

import { PageError } from "../data/source.ts";
import type {
  ClipToReview,
  ReviewSession,
  SaveClip,
  SaveDone,
  SaveRefused,
  SaveVideo,
  VideoToReview,
} from "./types.ts";

export type Kind = "videos" | "clips";

/** What became of a save. */
export type SaveAnswer =
  | { readonly kind: "saved"; readonly revision: string }
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  | { readonly kind: "unreachable" };

export const REVIEW_SCHEMA = 1;

const PATIENCE_MS = 20_000;

/** Return who works on what. */
export async function readSession(): Promise<ReviewSession> {
  const session = checked(await read("api/session"), SESSION, "session");
  if (session.schema_version !== REVIEW_SCHEMA) {
    throw new PageError(
      `The server speaks version ${session.schema_version}, this page version ${REVIEW_SCHEMA}: start strokerehab review again, and load this page anew.`,
    );
  }
  return session;
}

/** Return what is saved of a video, and its drafts. */
export async function readVideo(place: number): Promise<VideoToReview> {
  return checked(await read(`api/videos/${place}`), VIDEO, "video");
}

/** Return what is saved of a Fugl-Meyer clip. */
export async function readClip(place: number): Promise<ClipToReview> {
  return checked(await read(`api/clips/${place}`), CLIP, "clip");
}

/** Save a video or clip; a page that closes is still allowed to send. */
export async function save(
  kind: Kind,
  place: number,
  body: SaveVideo | SaveClip,
  closing: boolean,
): Promise<SaveAnswer> {
  const request: RequestInit = {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    keepalive: closing,
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  try {
    const response = await fetch(`api/${kind}/${place}`, request);
    if (!response.ok) return { kind: "refused", status: response.status, message: await messageIn(response) };
    const done = checked<SaveDone>(await response.json(), { revision: true }, "save");
    return { kind: "saved", revision: done.revision };
  } catch (error) {
    if (error instanceof PageError) throw error;
    return { kind: "unreachable" };
  }
}

/** Return a value if it has the keys that are known, and no others. */
export function checked<T extends object>(value: unknown, keys: Readonly<Record<keyof T, true>>, what: string): T {
  const found = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const unknown = found.find((key) => !(key in keys));
  const missing = Object.keys(keys).find((key) => !found.includes(key));
  if (unknown === undefined && missing === undefined) return value as T;
  const which = unknown === undefined ? `lacks its key ${missing}` : `has the unknown key ${unknown}`;
  throw new PageError(
    `The server's answer about this ${what} ${which}: its version is another than the page's; load this page anew.`,
  );
}

async function read(address: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    throw new PageError("The server does not answer: start strokerehab review again, and open the address it prints.");
  }
  if (!response.ok) throw new PageError(await messageIn(response));
  return response.json();
}

async function messageIn(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  if (response.headers.get("content-type")?.startsWith("text/plain") && text.trim()) return text.trim();
  try {
    const { message } = JSON.parse(text) as Partial<SaveRefused>;
    if (message) return message;
  } catch {
    // not of our server: its status says enough
  }
  return `The server answers with status ${response.status}.`;
}

const SESSION: Readonly<Record<keyof ReviewSession, true>> = {
  schema_version: true,
  rater: true,
  dataset: true,
  run: true,
  scheme: true,
  videos: true,
  clips: true,
};

const VIDEO: Readonly<Record<keyof VideoToReview, true>> = {
  revision: true,
  media: true,
  tracks: true,
  draft: true,
  drafts: true,
  done: true,
};

const CLIP: Readonly<Record<keyof ClipToReview, true>> = { revision: true, media: true, marks: true, done: true };
