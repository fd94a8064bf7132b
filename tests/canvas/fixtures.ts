/** Small node types and journeys for the tests. They are no product types: the editor knows none. */

import type { Category, JourneyDocument, JourneyNode, NodeType, Types } from "../../builder/canvas/model/types";

function type(name: string, category: Category, more: Partial<NodeType> = {}): NodeType {
  return {
    type: name,
    version: 1,
    category,
    title: name,
    icon: "mail",
    summary: `Does ${name}`,
    help: "",
    sentences: [],
    handles: [{ name: "out" }],
    config_schema: { type: "object", properties: {} },
    ...more,
  };
}

const hint = (kind: string) => ({ "x-field": { kind } });

export const TYPES: Types = new Map(
  [
    type("t.begin", "trigger", {
      title: "Begins",
      config_schema: { properties: { event: { type: "string", ...hint("event") } } },
    }),
    type("t.plain", "action", {
      title: "Plain",
      config_schema: {
        properties: {
          of: { type: "string", ...hint("node") },
          text: { type: "string", ...hint("template") },
        },
      },
      output: { properties: { text: {} } },
    }),
    type("t.ask", "logic", {
      title: "Ask",
      handles: [{ name: "yes" }, { name: "no" }],
    }),
    type("t.sort", "ai", {
      title: "Sort",
      sentences: ["Picks one of {labels|count} labels", "Has no labels"],
      handles: [
        { field: "labels", key: "name" },
        { name: "unsure", label: "unsure", hoped: false },
        { name: "failed", label: "failed", hoped: false, folded: true },
      ],
    }),
    type("t.send", "action", {
      title: "Send",
      handles: [{ name: "out" }, { name: "failed", hoped: false, folded: true }],
    }),
    type("t.end", "logic", { title: "End", handles: [] }),
    type("t.set", "logic", { title: "Set", output_of: "values" }),
  ].map((t) => [t.type, t]),
);

export function node(id: string, type = "t.plain", config: JourneyNode["config"] = {}): JourneyNode {
  return { id, type, version: 1, config };
}

/** Edges are written "from.handle>to"; without a handle it is `out`. */
export function journey(nodes: JourneyNode[], edges: string[] = [], placed = true): JourneyDocument {
  return {
    format: 1,
    name: "A journey",
    nodes,
    edges: edges.map((text) => {
      const [left = "", to = ""] = text.split(">");
      const [from = "", handle = "out"] = left.split(".");
      return { from, handle, to };
    }),
    ui: placed
      ? { positions: Object.fromEntries(nodes.map((n, i) => [n.id, [0, i * 120] as const])), notes: [] }
      : {},
  };
}

export function labels(...names: string[]) {
  return { labels: names.map((name) => ({ name, description: name })) };
}

/** Dice that fall the same every time. */
export function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}
