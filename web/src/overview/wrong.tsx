import { useState } from "preact/hooks";
import type { Overview } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { ForeignText } from "../parts/foreign_text.tsx";
import { counted, listed } from "../parts/format.ts";
import { ColourKey } from "../parts/key.tsx";
import { Segments } from "../parts/segments.tsx";
import { clockText } from "../parts/time.ts";
import { useQuery } from "../shell/query.ts";
import { href } from "../shell/route.ts";
import { MODELS, surenessOf, tilesOf, type WrongTile, wordsOf } from "./wrong.ts";

const FIRST = 12;
const MORE = 24;

/** The windows in which models are most surely wrong, as small multiples. */
export function SurelyWrong(props: { overview: Overview }) {
  const { overview } = props;
  const [whose, setWhose] = useQuery("wrong");
  const [most, setMost] = useState(FIRST);
  const tiles = tilesOf(overview, whose);
  const shown = tiles.slice(0, most);
  return (
    <section aria-labelledby="wrong">
      <h2 id="wrong">
        Where {whose === MODELS ? "a model" : (overview.runs[Number(whose)]?.name ?? "it")} is most surely wrong
      </h2>
      <p class="soft">
        Short stretches of video about which the answer differs from the label, the surest first: by the probability of
        the answer or, where none was recorded, by how many of the answers about the two stretches before and after
        differ from it. A label can be wrong too: look at the video.
        {overview.perturbed.length > 0 && " Runs whose frames were changed are not among them."}
      </p>
      <WhoseChoice overview={overview} whose={whose} onChange={setWhose} />
      <Colours overview={overview} tiles={shown} />
      {tiles.length === 0 && <p>No answer that can be judged is wrong here.</p>}
      <ol class="tiles">
        {shown.map((tile, place) => (
          <Tile
            key={`${tile.window.run} ${tile.window.video} ${tile.window.window} ${tile.window.question}`}
            overview={overview}
            tile={tile}
            rank={place + 1}
          />
        ))}
      </ol>
      {tiles.length > most && (
        <p class="screen-only">
          <button type="button" onClick={() => setMost(most + MORE)}>
            Show {Math.min(MORE, tiles.length - most)} more of {tiles.length}
          </button>
        </p>
      )}
    </section>
  );
}

function WhoseChoice(props: { overview: Overview; whose: string; onChange: (whose: string) => void }) {
  const { runs, wrong } = props.overview;
  const withWindows = [...new Set(wrong.map(({ run }) => run))].sort((one, other) => one - other);
  const hasBaseline = withWindows.some((run) => runs[run]?.baseline);
  if (withWindows.length < 2 && !hasBaseline) return null;
  const options = withWindows.map((run) => ({
    value: String(run),
    name: `${runs[run]?.name ?? run}${runs[run]?.baseline ? " (baseline)" : ""}`,
  }));
  const all = { value: MODELS, name: hasBaseline ? "all models, no baselines" : "all models" };
  return (
    <div class="choices screen-only">
      <Choice label="Windows of" value={props.whose} options={[all, ...options]} onChange={props.onChange} />
    </div>
  );
}

function Colours(props: { overview: Overview; tiles: readonly WrongTile[] }) {
  const schemes = new Set(props.tiles.flatMap(({ window }) => window.around.map(({ scheme }) => scheme)));
  return (
    <>
      {[...schemes].map((place) => (
        <ColourKey key={place} scheme={props.overview.schemes[place]} />
      ))}
    </>
  );
}

function Tile(props: { overview: Overview; tile: WrongTile; rank: number }) {
  const { overview } = props;
  const { window, also } = props.tile;
  const video = overview.videos[window.video];
  const moment = { t: (window.start_ms / 1000).toFixed(3), run: window.run, q: window.question };
  return (
    <li class="tile">
      <a href={href(["video", video?.id ?? ""], moment)}>
        <span class="tile-head">
          <span class="rank">{props.rank}</span>
          <span class="tile-video">
            {video?.id}
            <span class="soft tile-time">
              {clockText(window.start_ms, 1)} – {clockText(window.end_ms, 1)}
            </span>
          </span>
        </span>
        {window.picture && <img src={window.picture} alt="The frames that the model got" loading="lazy" />}
        <span class="asked">{wordsOf(overview, window)}</span>
        <span class="said">
          <span class="soft">model</span>
          <span>
            <b class="wrong">
              <ForeignText text={window.answer} />
            </b>{" "}
            <span class="sure">{surenessOf(window)}</span>
          </span>
          <span class="soft">truth</span>
          <b>{window.truth}</b>
        </span>
        <Around overview={overview} tile={props.tile} />
        <span class="soft tile-run">
          {overview.runs[window.run]?.name}
          {also.length > 0 && `, and so said ${listed(also, 3)}`}
        </span>
      </a>
    </li>
  );
}

/** Truth and timeline around a window, one above the other, and where the window lies in them. */
function Around(props: { overview: Overview; tile: WrongTile }) {
  const { around, from_ms: from, to_ms: to, start_ms, end_ms } = props.tile.window;
  if (around.length === 0) return null;
  const length = Math.max(1, to - from);
  const frame = { left: `${(100 * (start_ms - from)) / length}%`, width: `${(100 * (end_ms - start_ms)) / length}%` };
  return (
    <span class="around">
      <span class="around-names soft">
        {around.map((timeline) => (
          <span key={timeline.kind + timeline.name}>{timeline.kind === "truth" ? "truth" : "model"}</span>
        ))}
      </span>
      <span class="around-strips">
        {around.map((timeline) => {
          const scheme = props.overview.schemes[timeline.scheme];
          const about = `${timeline.name}, ${counted((to - from) / 1000, "second")} around`;
          return (
            scheme && (
              <span key={timeline.kind + timeline.name} class="strip">
                <Segments timeline={timeline} scheme={scheme} span={{ from, to }} about={about} />
              </span>
            )
          );
        })}
        <i class="here" style={frame} />
      </span>
    </span>
  );
}
