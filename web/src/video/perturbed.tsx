// The present window under every perturbation, side by side: a row each, with what every model said of it.

import { useMemo } from "preact/hooks";
import type { Overview, VideoData } from "../data/types.ts";
import { useDerived } from "../parts/derived.ts";
import { ForeignText } from "../parts/foreign_text.tsx";
import { percentOf } from "../parts/format.ts";
import type { Playback } from "../parts/playback.ts";
import { RunName } from "../parts/run_name.tsx";
import { clockText, stretchAt } from "../parts/time.ts";
import { Wide } from "../parts/wide.tsx";
import { MARKS, perturbationOf, VERDICTS } from "./answers.ts";
import { type Chosen, momentsOf } from "./moments.ts";
import { aboutFrames, groupsOf, type Picture, rowsAt, type Said, yesAsIs } from "./perturbed.ts";

interface PerturbedProps {
  readonly playback: Playback;
  readonly data: VideoData;
  readonly overview: Overview;
  readonly choice: Chosen;
}

/** The window under every perturbation; nothing where no run of the task changed its frames. */
export function Perturbed(props: PerturbedProps) {
  const { playback, data, overview, choice } = props;
  const groups = useMemo(() => groupsOf(data, overview, choice.run), [data, overview, choice.run]);
  const windows = useMemo(() => momentsOf(data, overview, { ...choice, show: "all" }), [data, overview, choice]);
  const place = useDerived(() => stretchAt(windows, playback.at.value), [windows, playback]);
  if (groups.length === 0) return null;
  const start = windows.starts[place];
  const rows = start === undefined ? [] : rowsAt(data, overview, groups, choice.question, start);
  const asIs = groups.map((_, group) => yesAsIs(rows, group));
  const hasPictures = rows.some(({ picture }) => picture !== null);
  return (
    <section class="video-perturbed" aria-labelledby="perturbed">
      <h2 id="perturbed">
        The same frames, changed{" "}
        {start !== undefined && (
          <span class="soft">
            {clockText(start)} – {clockText(windows.ends[place] ?? start)}
          </span>
        )}
      </h2>
      {start === undefined && <p class="soft">No window of this run is at this time.</p>}
      {rows.length > 0 && (
        <>
          <p class="soft">
            A model that looks at what changes answers otherwise. The bar is the probability of yes, the line across it
            the one with the frames as they are.
            {!hasPictures && (
              <>
                {" "}
                This report holds no pictures; <code>strokerehab report … --with-frames</code> adds them.
              </>
            )}
          </p>
          <Wide about="frames and answers">
            <table>
              <thead>
                <tr>
                  <th scope="col">frames{hasPictures && ", as the model got them"}</th>
                  {groups.map(({ name, runs }) => (
                    <th key={name} scope="col">
                      <RunName run={named(overview, runs[0], name)} />
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(({ perturbation, picture, said }) => (
                  <tr key={perturbation} class={isChosen(props, perturbation) ? "is-chosen" : undefined}>
                    <th scope="row">
                      <strong>{perturbation}</strong> <span class="soft">{aboutFrames(overview, perturbation)}</span>
                      {picture && <Frames picture={picture} />}
                    </th>
                    {groups.map(({ name }, group) => (
                      <td key={name} data-model={name}>
                        <Sayings said={said[group] ?? null} asIs={asIs[group] ?? new Map()} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        </>
      )}
    </section>
  );
}

function isChosen(props: PerturbedProps, perturbation: string): boolean {
  return perturbationOf(props.overview, props.choice.run) === perturbation;
}

/** Return a run under the name of its group. */
function named(overview: Overview, run: number | undefined, name: string) {
  const known = overview.runs[run ?? -1];
  return known && { ...known, name };
}

function Frames(props: { picture: Picture }) {
  const { address, count, width, height } = props.picture;
  return (
    <a class="perturbed-frames" href={address} title="the picture by itself">
      <img src={address} width={width} height={height} loading="lazy" alt={`the ${count} frames`} />
    </a>
  );
}

function Sayings(props: { said: readonly Said[] | null; asIs: ReadonlyMap<string, number> }) {
  const { said, asIs } = props;
  if (said === null) return <span class="soft">no run</span>;
  const asked = said.filter(({ answer }) => answer.verdict !== "unasked");
  if (asked.length === 0) return <span class="soft">not asked</span>;
  return (
    <dl class="perturbed-said">
      {asked.map(({ question, answer, yes }) => (
        <div key={question}>
          <dt class="soft">{question}</dt>
          <dd class={`answer-verdict verdict-${answer.verdict}`} title={answer.unread ?? VERDICTS[answer.verdict]}>
            {MARKS[answer.verdict]} {answer.reading === null ? answer.unread : <ForeignText text={answer.reading} />}
          </dd>
          {yes !== null && <Yes share={yes} asIs={asIs.get(question) ?? null} />}
        </div>
      ))}
    </dl>
  );
}

function Yes(props: { share: number; asIs: number | null }) {
  const { share, asIs } = props;
  return (
    <dd class="perturbed-yes">
      <span class="yes-scale" aria-hidden="true">
        <span class="probability-bar" style={{ width: `${100 * share}%` }} />
        {asIs !== null && <i style={{ left: `${100 * asIs}%` }} />}
      </span>
      <span title="probability of yes">{percentOf(1000 * share)}</span>
    </dd>
  );
}
