/** A place in a chart, in the units of its axes. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * At most `max` points that look like all of them: the line is cut into pieces, and of each the
 * point stays that makes the largest triangle with the one before and the mean of the next piece.
 */
export function thinned(points: readonly ChartPoint[], max: number): readonly ChartPoint[] {
  if (points.length <= max || max < 3) return points;
  const pieceLength = (points.length - 2) / (max - 2);
  const start = (piece: number) => Math.floor(piece * pieceLength) + 1;
  const kept = [points[0]];
  for (let piece = 0; piece < max - 2; piece += 1) {
    const next = points.slice(start(piece + 1), Math.min(start(piece + 2), points.length));
    const here = points.slice(start(piece), start(piece + 1));
    kept.push(mostTelling(here, kept[kept.length - 1], center(next, points[points.length - 1])));
  }
  return [...kept, points[points.length - 1]];
}

function center(points: readonly ChartPoint[], fallback: ChartPoint): ChartPoint {
  if (points.length === 0) return fallback;
  const mean = (of: (point: ChartPoint) => number) =>
    points.reduce((total, point) => total + of(point), 0) / points.length;
  return { x: mean(({ x }) => x), y: mean(({ y }) => y) };
}

function mostTelling(
  points: readonly ChartPoint[],
  before: ChartPoint,
  after: ChartPoint,
): ChartPoint {
  let [best, most] = [points[0], -1];
  for (const point of points) {
    const area = Math.abs(
      (before.x - after.x) * (point.y - before.y) - (before.x - point.x) * (after.y - before.y),
    );
    if (area > most) [best, most] = [point, area];
  }
  return best;
}
