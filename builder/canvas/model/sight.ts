/** Whether something on the canvas can be seen, and by how much the view has to go for it. */

/** In pixels of the screen, or in those of the canvas. */
export interface Spot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** What is kept free at the rim: above a node there is its badge, below it there are its ways. */
const RIM: Spot = { left: 16, right: 16, top: 24, bottom: 36 };

/**
 * By how much the view has to go so that `spot` stands free in `frame` and not under `cover`, all in
 * pixels of the screen; null: it is so far away that it is better looked at in the middle.
 */
export function shift(spot: Spot, frame: Spot, cover: Spot | null): [number, number] | null {
  const free = { left: frame.left + RIM.left, right: frame.right - RIM.right, top: frame.top + RIM.top, bottom: frame.bottom - RIM.bottom };
  const [across, down] = [axis(spot.left, spot.right, free.left, free.right), axis(spot.top, spot.bottom, free.top, free.bottom)];
  const [width, height] = [frame.right - frame.left, frame.bottom - frame.top];
  if (Math.abs(across) > width / 2 || Math.abs(down) > height / 2) return null;
  const [left, right, top, bottom] = [spot.left + across, spot.right + across, spot.top + down, spot.bottom + down];
  if (!cover || right <= cover.left || left >= cover.right || bottom <= cover.top || top >= cover.bottom) return [across, down];
  const up = bottom - cover.top + RIM.bottom;
  const aside = right - cover.left + RIM.right;
  // The shorter way out from under it, as long as that leads not out of the frame.
  return (up <= aside && top - up >= free.top) || left - aside < free.left ? [across, down - up] : [across - aside, down];
}

/** What has to be added to both ends so that they stand between `least` and `most`; the first end counts more. */
function axis(from: number, to: number, least: number, most: number): number {
  if (from < least) return least - from;
  return to > most ? Math.max(most - to, least - from) : 0;
}
