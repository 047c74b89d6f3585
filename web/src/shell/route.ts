// Which view is shown: the part of the address behind #, so that every moment of every video has a link.

import { signal } from "@preact/signals";

export interface Route {
  /** The path in words, as ["video", "P01_rtt_1"]. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Return the route of an address's part from # on. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** Return the part of an address from # on that leads to a view. */
export function href(path: readonly string[], query: Readonly<Record<string, string | number>> = {}): string {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return `#/${path.map(encodeURIComponent).join("/")}${search.size ? `?${search}` : ""}`;
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

export const route = signal<Route>(parseRoute(location.hash));
addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});

/** Change the address of the view that is shown, without a step of the browser's history. */
export function replaceQuery(query: Readonly<Record<string, string | number>>): void {
  history.replaceState(null, "", href(route.value.path, query));
}
