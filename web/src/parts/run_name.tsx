import type { PageRun } from "../data/types.ts";
import "./parts.css";

/** A run's name, and whether it is of a baseline or a demo. */
export function RunName(props: { run: PageRun | undefined }) {
  const { run } = props;
  if (!run) return <span class="soft">unknown run</span>;
  return (
    <span class="run-name">
      {run.name}
      {run.baseline && <span class="badge">baseline</span>}
      {run.demo && <span class="badge doubtful">demo</span>}
    </span>
  );
}
