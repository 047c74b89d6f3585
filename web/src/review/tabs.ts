// What the tabs of one browser tell each other: which video each has open, and what each has saved.

type Message =
  | { readonly kind: "open" | "also"; readonly tab: string; readonly id: string }
  | { readonly kind: "saved"; readonly tab: string; readonly id: string; readonly revision: string };

/** What a tab hears about the video or clip that it has open. */
export interface TabHearing {
  elsewhere(): void;
  savedElsewhere(revision: string): void;
}

export class Tabs {
  readonly name: string;
  readonly #channel: BroadcastChannel | null;
  #open: { readonly id: string; readonly hearing: TabHearing } | null = null;

  constructor(scope: string, name: string = crypto.randomUUID()) {
    this.name = name;
    this.#channel =
      typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`strokerehab-review ${scope}`);
    this.#channel?.addEventListener("message", (event) => this.#hear(event.data as Message));
  }

  /** Say that this tab has a video or clip open; return what ends that. */
  open(id: string, hearing: TabHearing): () => void {
    this.#open = { id, hearing };
    this.#channel?.postMessage({ kind: "open", tab: this.name, id } satisfies Message);
    return () => {
      this.#open = null;
    };
  }

  /** Say that this tab has saved. */
  saved(id: string, revision: string): void {
    this.#channel?.postMessage({ kind: "saved", tab: this.name, id, revision } satisfies Message);
  }

  #hear(message: Message): void {
    if (message.id !== this.#open?.id || message.tab === this.name) return;
    if (message.kind === "saved") this.#open.hearing.savedElsewhere(message.revision);
    else this.#open.hearing.elsewhere();
    if (message.kind === "open")
      this.#channel?.postMessage({ kind: "also", tab: this.name, id: message.id } satisfies Message);
  }
}
