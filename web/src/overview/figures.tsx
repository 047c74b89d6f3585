import { useEffect, useRef } from "preact/hooks";
import type { PageFigure } from "../data/types.ts";
import { drawingOf } from "./drawing.ts";

/** The figures of the runs. */
export function Figures(props: { figures: readonly PageFigure[] }) {
  if (props.figures.length === 0) return null;
  return (
    <section aria-labelledby="figures">
      <h2 id="figures">Figures</h2>
      <div class="figures">
        {props.figures.map((figure) => (
          <Figure key={figure.name} figure={figure} />
        ))}
      </div>
    </section>
  );
}

function Figure(props: { figure: PageFigure }) {
  const { about, svg } = props.figure;
  const plate = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const drawing = drawingOf(svg);
    if (drawing) plate.current?.replaceChildren(drawing);
  }, [svg]);
  return (
    <figure class="figure">
      <div ref={plate} class="plate" role="img" aria-label={about}>
        This figure could not be drawn.
      </div>
      <figcaption>{about}</figcaption>
    </figure>
  );
}
