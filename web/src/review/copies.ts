// Copies in the browser of what is not on disk yet, so that a crash of the page or the server loses nothing.

/** A copy: when it was made, the state on disk that it is based on, and everything that was to be saved. */
export interface Copy<C> {
  readonly key: string;
  readonly at: number;
  readonly revision: string;
  readonly content: C;
}

export class Copies {
  readonly #storage: Storage;
  readonly #prefix: string;
  readonly #tab: string;

  /** The copies of one rater of a dataset; those of this tab are kept apart from those of others. */
  constructor(storage: Storage, dataset: string, rater: string, tab: string) {
    this.#storage = storage;
    this.#prefix = `strokerehab-review ${JSON.stringify([dataset, rater])} `;
    this.#tab = tab;
  }

  /** Keep a copy of a video or clip; return whether the browser took it. */
  keep(id: string, content: unknown, revision: string): boolean {
    try {
      this.#storage.setItem(this.key(id), JSON.stringify({ at: Date.now(), revision, content }));
      return true;
    } catch {
      return false;
    }
  }

  /** Forget this tab's copy of a video or clip. */
  forget(id: string): void {
    this.drop(this.key(id));
  }

  /** Forget a copy by its key. */
  drop(key: string): void {
    this.#storage.removeItem(key);
  }

  /** Return all copies of a video or clip whose content is what it should be, the newest first. */
  of<C>(id: string, isContent: (value: unknown) => value is C): Copy<C>[] {
    const start = `${this.#prefix}${JSON.stringify(id)} `;
    const copies = this.#keys()
      .filter((key) => key.startsWith(start))
      .flatMap((key) => parsed(key, this.#storage.getItem(key)) ?? []);
    return copies
      .flatMap(({ content, ...rest }) => (isContent(content) ? [{ ...rest, content }] : []))
      .sort((one, other) => other.at - one.at);
  }

  /** Whether there is a copy of a video or clip. */
  has(id: string): boolean {
    const start = `${this.#prefix}${JSON.stringify(id)} `;
    return this.#keys().some((key) => key.startsWith(start));
  }

  /** Return the key of this tab's copy of a video or clip. */
  key(id: string): string {
    return `${this.#prefix}${JSON.stringify(id)} ${this.#tab}`;
  }

  #keys(): string[] {
    return Array.from({ length: this.#storage.length }, (_, place) => this.#storage.key(place) ?? "");
  }
}

function parsed(key: string, text: string | null): Copy<unknown> | null {
  try {
    const { at, revision, content } = JSON.parse(text ?? "");
    return typeof at === "number" && typeof revision === "string" ? { key, at, revision, content } : null;
  } catch {
    return null;
  }
}
