// Where an edge goes that a person lets go nearby: to the playhead, an edge of another segment, or a frame.

/** Return the start of the frame that is shown at a moment, in milliseconds. */
export function frameStart(at: number, fps: number): number {
  return frameTime(Math.floor((at * fps) / 1000 + 0.03), fps);
}

/** Return the frame boundary that is nearest to a moment, in milliseconds. */
export function nearestFrame(at: number, fps: number): number {
  return frameTime(Math.round((at * fps) / 1000), fps);
}

/** Return the nearest of some moments if it is not farther than `within`, else the nearest frame boundary. */
export function snapped(at: number, moments: Iterable<number>, within: number, fps: number): number {
  let best: number | null = null;
  for (const moment of moments) {
    const away = Math.abs(moment - at);
    if (away <= within && (best === null || away < Math.abs(best - at))) best = moment;
  }
  return best ?? nearestFrame(at, fps);
}

function frameTime(frame: number, fps: number): number {
  return Math.max(0, Math.round((frame * 1000) / fps));
}
