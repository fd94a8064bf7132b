/** Says on the canvas what a node does: fills the sentences of its type with its config. */

import { t } from "../words";
import { conditionWords } from "./conditions";
import { durationWords } from "./durations";
import { scheduleWords } from "./schedule";
import { isRecord, type Config, type Json, type JourneyNode, type NodeType } from "./types";

const PLACEHOLDER = /\{([\w.]+)(?:\|(\w+))?\}/g;

const FILTERS: { [name: string]: (value: Json) => string } = {
  duration: durationWords,
  condition: conditionWords,
  schedule: scheduleWords,
  text: plainText,
  count: (value) =>
    String(Array.isArray(value) ? value.length : isRecord(value) ? Object.keys(value).length : value),
  names: listNames,
};

/** The node's title: its own, else its type's. */
export function titleOf(node: JourneyNode, type: NodeType | undefined): string {
  return node.title || type?.title || node.type;
}

/** What the node does, in one sentence. */
export function sentenceOf(node: JourneyNode, type: NodeType | undefined): string {
  if (!type) return t("editor.unknown_type", { type: node.type });
  if (node.disabled) {
    return t(type.category === "trigger" ? "editor.off_trigger" : "editor.off");
  }
  return fill(type, node.config ?? {}) ?? type.summary;
}

function fill(type: NodeType, config: Config): string | null {
  for (const sentence of type.sentences) {
    let complete = true;
    const text = sentence.replace(PLACEHOLDER, (_, path: string, filter: string | undefined) => {
      const words = said(value(type, config, path), path, filter, type);
      if (!words) complete = false;
      return words;
    });
    if (complete) return capital(text);
  }
  return null;
}

function value(type: NodeType, config: Config, path: string): Json | undefined {
  const [first = "", ...rest] = path.split(".");
  let found: Json | undefined = config[first] ?? type.config_schema.properties?.[first]?.default;
  for (const part of rest) found = isRecord(found) ? found[part] : undefined;
  return found;
}

function said(
  found: Json | undefined,
  path: string,
  filter: string | undefined,
  type: NodeType,
): string {
  if (found === undefined || found === null || found === "") return "";
  if (Array.isArray(found) ? found.length === 0 : isRecord(found) && !Object.keys(found).length) {
    return "";
  }
  if (filter) return (FILTERS[filter] ?? plain)(found);
  const options = type.config_schema.properties?.[path]?.["x-field"]?.options;
  return typeof found === "string" && options?.[found] ? options[found] : plain(found);
}

function plain(found: Json): string {
  if (Array.isArray(found) || isRecord(found)) return listNames(found);
  if (typeof found === "boolean") return found ? "yes" : "no";
  return String(found);
}

/** Liquid as plain words: the outputs by the name of their last part, the tags left out. */
export function plainText(found: Json): string {
  if (typeof found !== "string") return plain(found);
  return found
    .replace(/\{%[^%]*%\}/g, " ")
    .replace(/\{\{-?([^{}|]*)(?:\|[^{}]*)?\}\}/g, (_, path: string) => variableWords(path.replace(/-$/, "").trim()))
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** "customer.first_name" as "first name"; a quoted text as it is. */
export function variableWords(path: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(path);
  if (quoted) return quoted[2] ?? "";
  const [root, step, ...rest] = path.split(".");
  const last = path.split(".").at(-1)?.replaceAll("_", " ") ?? path;
  return root === "steps" && rest.length > 0 ? `${last} of ${step?.replaceAll("_", " ")}` : last;
}

function listNames(found: Json): string {
  const items: Json[] = Array.isArray(found) ? found : isRecord(found) ? Object.keys(found) : [found];
  const names = items.map((item) => {
    if (!isRecord(item)) return String(item ?? "");
    const named = item.name ?? item.handle ?? Object.values(item).find((v) => typeof v === "string");
    return String(named ?? "");
  });
  return names.filter(Boolean).join(", ");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
