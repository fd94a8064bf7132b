import { describe, expect, test } from "bun:test";

import { shift } from "../../builder/canvas/model/sight";

const frame = { left: 232, top: 48, right: 1088, bottom: 860 };
const map = { left: 880, top: 690, right: 1072, bottom: 844 };
const box = (left: number, top: number, width = 256, height = 64) => ({ left, top, right: left + width, bottom: top + height });

describe("a node that has to be seen", () => {
  test("moves nothing when it stands free", () => {
    expect(shift(box(400, 300), frame, map)).toEqual([0, 0]);
  });

  test("moves the view by just so much as it takes, its ways included", () => {
    expect(shift(box(220, 300), frame, map)).toEqual([28, 0]);
    expect(shift(box(400, 800), frame, null)).toEqual([0, -40]);
    expect(shift(box(1000, 20), frame, map)).toEqual([-184, 52]);
  });

  test("comes out from under the minimap by the shorter way", () => {
    const [across, down] = shift(box(700, 740), frame, map) as [number, number];
    expect([across, down]).toEqual([-92, 0]);
    const [aside, up] = shift(box(810, 660), frame, map) as [number, number];
    expect([aside, up]).toEqual([0, -70]);
  });

  test("is looked at in the middle when it is far away", () => {
    expect(shift(box(4000, 300), frame, map)).toBeNull();
    expect(shift(box(400, -900), frame, map)).toBeNull();
  });

  test("that is wider than the room begins where the room begins", () => {
    expect(shift(box(240, 300, 2000), frame, null)).toEqual([8, 0]);
  });
});
