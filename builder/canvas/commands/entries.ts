/** What the lists offer: node types, nodes, commands, journeys and settings, as entries to take. */

import { targets } from "../model/edits";
import { exits, isPlain } from "../model/handles";
import { sentenceOf, titleOf } from "../model/sentences";
import type { JourneyNode, NodeType } from "../model/types";
import type { Command } from "../state/commands";
import type { EditorStore } from "../state/store";
import { t } from "../words";
import type { Group, Item } from "./chooser";
import { add, connect, go, nameOf, nodeOf, replace, replacements } from "./doing";
import { focusForm, target } from "./focus";
import { rank, score } from "./fuzzy";
import { places, type Place } from "./places";
import { habits, panel } from "./state";
import { often, suggestions } from "./suggest";
import { leadsOn, matching } from "./types";

const MANY = 30; // entries of one kind that are drawn at once

export function typeItem(type: NodeType, id: string, run: () => void, title = type.title): Item {
  return { id, title, detail: type.summary, tile: { category: type.category, icon: type.icon }, run };
}

export function nodeItem(store: EditorStore, node: JourneyNode, id: string, run: () => void): Item {
  const type = store.get().types.get(node.type);
  const tile = { category: type?.category ?? ("logic" as const), icon: type?.icon ?? "circle-help" };
  return { id, title: titleOf(node, type), detail: sentenceOf(node, type), tile, run };
}

/** The types in the order that helps: what often comes next, starred, used lately, then all. */
export function typeGroups(types: readonly NodeType[], search: string, next: readonly NodeType[], item: (type: NodeType, group: string) => Item): Group[] {
  if (search.trim()) {
    const items = matching(types, search).map((type) => item(type, ""));
    return [{ id: "types", title: t("adding.types"), items }];
  }
  const { recent, starred } = habits.get();
  const known = new Map(types.map((type) => [type.type, type]));
  const pick = (names: readonly string[]) => names.flatMap((name) => known.get(name) ?? []);
  const made = [
    { id: "next", title: t("adding.often"), types: next.filter((type) => known.has(type.type)) },
    { id: "starred", title: t("adding.starred"), types: pick(starred) },
    { id: "recent", title: t("adding.recent"), types: pick(recent).slice(0, 4) },
    { id: "all", title: t("adding.all"), types },
  ];
  const told = new Set<NodeType>();
  return made.map(({ id, title, types: some }) => {
    const fresh = some.filter((type) => !told.has(type));
    for (const type of fresh) told.add(type);
    return { id, title, items: fresh.map((type) => item(type, id)) };
  });
}

/** What the add panel offers for a place: types that fit there, and nodes to connect instead. */
export function addGroups(store: EditorStore, place: Place, search: string): Group[] {
  const { document: doc, types } = store.get();
  const { on, after, by } = place.where;
  const inside = on !== undefined || after !== undefined;
  const fits = [...types.values()].filter((type) => (on ? leadsOn(type) : !inside || type.category !== "trigger"));
  const all = doc.nodes.length === 0 ? [...fits].sort((a, b) => Number(b.category === "trigger") - Number(a.category === "trigger")) : fits;
  const [from, handle] = on ? [nodeOf(store, on.from)?.type, on.handle] : [nodeOf(store, after)?.type, by];
  const { pairs } = suggestions(store).slice.get();
  const next = often(pairs, types, from ?? "", handle ?? "");
  const groups = typeGroups(all, search, next, (type) => typeItem(type, type.type, () => add(store, type, place.where)));
  if (on || !after || !by) return groups;
  return [...groups, { id: "nodes", title: t("adding.or_connect"), items: nodes(store, targets(doc, after, by, types), search, (to) => connect(store, { from: after, handle: by, to })) }];
}

function nodes(store: EditorStore, some: readonly JourneyNode[], search: string, run: (id: string) => void): Item[] {
  const { types } = store.get();
  const found = rank(some, search, (node) => [
    { text: titleOf(node, types.get(node.type)), weight: 4 },
    { text: sentenceOf(node, types.get(node.type)), weight: 2 },
    { text: `${node.id} ${node.type}`, weight: 1 },
  ]);
  return found.slice(0, MANY).map((node) => nodeItem(store, node, `node-${node.id}`, () => run(node.id)));
}

export function replaceGroups(store: EditorStore, node: string, search: string): Group[] {
  const { types } = store.get();
  const into = store.get().document.edges.find((e) => e.to === node);
  const pairs = suggestions(store).slice.get().pairs;
  const next = into ? often(pairs, types, nodeOf(store, into.from)?.type ?? "", into.handle) : [];
  return typeGroups(replacements(store, node), search, next, (type) => typeItem(type, type.type, () => replace(store, node, type)));
}

/** First the way, where there are several; then the node that it shall lead to. */
export function connectGroups(store: EditorStore, from: string, handle: string | undefined, search: string): Group[] {
  const { document: doc, types } = store.get();
  const node = nodeOf(store, from);
  const ways = exits(types.get(node?.type ?? ""), node?.config);
  const way = handle ?? (ways.length === 1 ? ways[0]?.name : undefined);
  if (way !== undefined) {
    const items = nodes(store, targets(doc, from, way, types), search, (to) => connect(store, { from, handle: way, to }));
    return [{ id: "nodes", title: t("adding.connect_to"), items }];
  }
  const found = rank(ways, search, (h) => [{ text: h.label, weight: 4 }]);
  const items = found.map((h): Item => {
    const leads = doc.edges.filter((e) => e.from === from && e.handle === h.name).map((e) => nameOf(store, e.to));
    const run = () => panel(store).set({ open: { kind: "connect", node: from, handle: h.name } });
    const title = isPlain(h) ? t("adding.then") : h.label;
    return { id: `way-${h.name}`, title, icon: "signpost", run, note: leads.length ? leads.join(", ") : t("adding.free") };
  });
  return [{ id: "ways", title: t("adding.which_way"), items }];
}

// --- The command bar ---------------------------------------------------------------------------

const TITLES = {
  edit: "commands.group_edit", add: "commands.group_add", arrange: "commands.group_arrange", go: "commands.group_go",
  try: "commands.group_try", publish: "commands.group_publish", view: "commands.group_view",
} as const;

export function groupTitle(group: Command["group"]): string {
  return t(TITLES[group]);
}

export interface Sources {
  commands: readonly Command[];
  perform: (command: Command) => void;
  journeys: readonly { slug: string; name: string }[];
}

/** Everything that can be done now. With a search the best group stands first. */
export function barGroups(store: EditorStore, sources: Sources, search: string): Group[] {
  const commands = commandGroups(store, sources, search);
  if (!search.trim()) {
    const known = new Map(commands.flatMap((g) => g.items.map((item) => [item.id, item] as const)));
    const recent = habits.get().commands.flatMap((id) => known.get(id) ?? []).slice(0, 5);
    const lately = { id: "lately", title: t("commands.recent"), items: recent.map((item) => ({ ...item, id: `${item.id}-again` })) };
    return [lately, ...commands, settings(store, search), journeys(sources, search)];
  }
  const all = [...commands, settings(store, search), adds(store, search), goes(store, search), journeys(sources, search)];
  const best = ({ items }: Group) => Math.max(0, ...items.slice(0, 3).map((item) => score([{ text: item.title, weight: 4 }], search)));
  return all.map((group) => ({ group, points: best(group) })).sort((a, b) => b.points - a.points).map(({ group }) => group);
}

function commandGroups(store: EditorStore, { commands, perform }: Sources, search: string): Group[] {
  const state = store.get();
  const possible = commands.filter((c) => c.id !== "go.bar" && (!c.when || c.when(state, store)));
  const found = rank(possible, search, (c) => [
    { text: t(c.title), weight: 4 },
    { text: `${groupTitle(c.group)} ${(c.keys ?? []).join(" ")}`, weight: 1 },
  ]);
  const item = (c: Command): Item => ({ id: c.id, title: t(c.title), icon: c.icon, keys: c.keys, run: () => perform(c) });
  if (search.trim()) return [{ id: "commands", title: t("commands.group_commands"), items: found.slice(0, 8).map(item) }];
  const groups = [...new Set(found.map((c) => c.group))];
  return groups.map((group) => ({ id: group, title: groupTitle(group), items: found.filter((c) => c.group === group).map(item) }));
}

function adds(store: EditorStore, search: string): Group {
  const { document: doc, types } = store.get();
  const { all, first } = places(doc, types, target(store) ?? {});
  const place = all.find((one) => one.id === first) ?? all[0];
  if (!store.editable || !place) return { id: "adds", title: "", items: [] };
  const found = matching([...types.values()], search).slice(0, 6);
  const items = found.map((type) => {
    const where = type.category === "trigger" || (place.where.on && !leadsOn(type)) ? {} : place.where;
    return typeItem(type, `add-${type.type}`, () => add(store, type, where), t("commands.add_one", { title: type.title }));
  });
  return { id: "adds", title: t("adding.types"), items };
}

function goes(store: EditorStore, search: string): Group {
  const items = nodes(store, store.get().document.nodes, search, (id) => go(store, id)).slice(0, 8);
  return { id: "goes", title: t("commands.go_to"), items };
}

/** The fields of the selected node, and those of the journey. */
function settings(store: EditorStore, search: string): Group {
  const { types, mode } = store.get();
  const title = t("commands.settings");
  if (mode !== "draft") return { id: "settings", title, items: [] };
  const found = target(store);
  const node = nodeOf(store, found?.node);
  const fields = Object.entries(types.get(node?.type ?? "")?.config_schema.properties ?? {});
  const own = fields.map(([field, schema]): Item => ({
    id: `field-${field}`,
    title: schema["x-field"]?.label ?? field.replaceAll("_", " "),
    note: node ? nameOf(store, node.id) : "",
    icon: "settings-2",
    run: () => {
      if (node) store.select([node.id]);
focusForm(fieldOf(field));
    },
  }));
  const journey: Item = {
    id: "journey",
    title: t("commands.journey_settings"),
    icon: "settings-2",
    run: () => {
      store.select([]);
      store.set({ panels: { ...store.get().panels, inspector: true } });
      focusForm();
    },
  };
  const items = rank([...own, journey], search, (item) => [
    { text: item.title, weight: 3 },
    { text: item.note ?? "", weight: 1 },
  ]);
  return { id: "settings", title, items: items.slice(0, 8) };
}

/** The control of a field in the form: its input, or where it is a list, the button that begins it. */
function fieldOf(field: string): string {
  const name = CSS.escape(`field-${field}`);
  return `:is(input, textarea, select, [contenteditable], button.wj-add):is([data-testid=${name}], [data-testid^=${name}-], [data-testid=${name}] *)`;
}

function journeys({ journeys: all }: Sources, search: string): Group {
  const found = rank(all, search, (one) => [{ text: one.name, weight: 4 }]).slice(0, 6);
  const open = (slug: string) => location.assign(`/journeys/${encodeURIComponent(slug)}`);
  const items = found.map(({ slug, name }): Item => ({ id: `journey-${slug}`, title: name, icon: "waypoints", run: () => open(slug) }));
  return { id: "journeys", title: t("commands.other_journeys"), items };
}
