// Where data come from: elements of a single file, scripts beside the page (which work from file://), or a server.

import { type Overview, SCHEMA, type VideoData } from "./types.ts";

export interface DataSource {
  overview(): Promise<Overview>;
  video(place: number): Promise<VideoData>;
}

/** An error whose message is for the person who looks at the page. */
export class PageError extends Error {}

/** The id of the element that holds the overview in a single file. */
export const OVERVIEW_ID = "data-overview";

declare global {
  interface Window {
    /** Called by every data file beside the page, with its path and its content. */
    strokerehabData?: (path: string, content: unknown) => void;
  }
}

const DAMAGED = "which is not as the report was written: write it again.";

const OVERVIEW_FILE = "data/overview.js";

/** Return the source of a page: its own elements where it has them, else files beside it. */
export function dataSource(page: Document): DataSource {
  const read = page.getElementById(OVERVIEW_ID) ? fromElement : fromFile;
  const files = new Map<string, Promise<unknown>>();
  const once = (path: string): Promise<unknown> => {
    const known = files.get(path) ?? read(page, path);
    files.set(path, known);
    return known;
  };
  let overview: Promise<Overview> | undefined;
  const source: DataSource = {
    overview: () => {
      overview ??= once(read === fromElement ? OVERVIEW_ID : OVERVIEW_FILE).then((content) =>
        checked<Overview>(content, OVERVIEW_KEYS),
      );
      return overview;
    },
    video: async (place) => {
      const video = (await source.overview()).videos[place];
      if (!video) throw new PageError(`This report has no video number ${place}.`);
      return checked<VideoData>(await once(video.file), VIDEO_KEYS);
    },
  };
  return source;
}

const OVERVIEW_KEYS: Readonly<Record<keyof Overview, true>> = {
  schema: true,
  title: true,
  program: true,
  runs: true,
  tasks: true,
  schemes: true,
  videos: true,
  scores: true,
  wrong: true,
  named: true,
  assessments: true,
  measured: true,
  perturbations: true,
  perturbed: true,
  tables: true,
  figures: true,
  problems: true,
  deidentified: true,
};
const VIDEO_KEYS: Readonly<Record<keyof VideoData, true>> = {
  schema: true,
  video: true,
  fps: true,
  timelines: true,
  grids: true,
  texts: true,
  asked: true,
  strips: true,
  doses: true,
};

function checked<T extends { readonly schema: number }>(content: unknown, keys: Readonly<Record<keyof T, true>>): T {
  const found = (content as T | null)?.schema;
  if (found !== SCHEMA) {
    throw new PageError(
      `The data of this page are of version ${String(found)}, the page reads version ${SCHEMA}: write the report again.`,
    );
  }
  const unknown = Object.keys(content as T).filter((key) => !(key in keys));
  const missing = Object.keys(keys).filter((key) => !(key in (content as T & object)));
  if (unknown.length > 0) throw new PageError(`The data of this page hold ${unknown}, ${DAMAGED}`);
  if (missing.length > 0) throw new PageError(`The data of this page lack ${missing}, ${DAMAGED}`);
  return content as T;
}

async function fromElement(page: Document, id: string): Promise<unknown> {
  const text = page.getElementById(id)?.textContent;
  if (!text) throw new PageError(`This page lacks its part ${id}: write the report again.`);
  try {
    return JSON.parse(text);
  } catch {
    throw new PageError(`The part ${id} of this page is damaged: write the report again.`);
  }
}

const waiting = new Map<string, (content: unknown) => void>();

function fromFile(page: Document, path: string): Promise<unknown> {
  window.strokerehabData ??= (name, content) => waiting.get(name)?.(content);
  return new Promise((resolve, reject) => {
    const script = page.createElement("script");
    waiting.set(path, resolve);
    const missing = () => reject(new PageError(`${path} is missing or damaged: keep the report's folder together.`));
    script.addEventListener("error", missing);
    script.addEventListener("load", () => setTimeout(missing)); // does nothing once the content has come
    script.src = path;
    page.head.append(script);
  });
}
