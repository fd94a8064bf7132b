/** What is worth a look in an email before it goes out, and pieces to write one with. */

import type { Key } from "../words";
import type { Mail } from "./calls";

export interface Hint {
  key: Key;
  values?: { [name: string]: string | number };
}

const LONG_SUBJECT = 70; // characters: phones cut after about half of them, most programs after these
const CLIPPED = 100_000; // characters: some mail programs cut what is longer
const STOPS = /unsubscri|opt[ -]?out|abmeld|abbestell|austragen|no longer (want|wish)|stop (getting|receiving|these)|keine (weiteren )?(e-?mails|nachrichten)/i;

/** `customer`: it goes to the customer, who has to be able to stop it. */
export function mailHints(mail: Mail, customer: boolean): Hint[] {
  const found: Hint[] = [];
  if (mail.subject.length > LONG_SUBJECT) found.push({ key: "texts.subjectLong", values: { count: mail.subject.length } });
  for (const link of new Set([...htmlLinks(mail.html ?? ""), ...textLinks(mail.text)])) {
    const wrong = linkHint(link);
    if (wrong) found.push(wrong);
  }
  const images = tags(mail.html ?? "", "img");
  if (images.some((image) => !attribute(image, "alt")?.trim())) found.push({ key: "texts.imageWords" });
  if (images.some((image) => !/^https:\/\//i.test(attribute(image, "src") ?? ""))) found.push({ key: "texts.imagePlace" });
  if ((mail.html?.length ?? 0) > CLIPPED) found.push({ key: "texts.clipped" });
  if (customer && !STOPS.test(mail.text) && !STOPS.test(mail.html ?? "")) found.push({ key: "texts.noStop" });
  return found;
}

function tags(html: string, name: string): string[] {
  return html.match(new RegExp(`<${name}\\b[^<>]*>`, "gi")) ?? [];
}

function attribute(tag: string, name: string): string | null {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(tag);
  const value = found?.[1] ?? found?.[2] ?? found?.[3];
  return value === undefined ? null : value.replaceAll("&amp;", "&");
}

function htmlLinks(html: string): string[] {
  return tags(html, "a").map((tag) => attribute(tag, "href") ?? "");
}

function textLinks(text: string): string[] {
  return (text.match(/\bhttps?:\/{0,2}[^\s<>"]*/gi) ?? []).map((link) => link.replace(/[.,;:!?)\]]+$/, ""));
}

function linkHint(link: string): Hint | null {
  const values = { link: link.length > 60 ? `${link.slice(0, 59)}…` : link };
  if (link.includes("⟨")) return null; // an earlier step fills it in
  if (link.trim() === "" || link.startsWith("#")) return { key: "texts.linkEmpty" };
  if (/^(mailto|tel|sms):./i.test(link)) return null;
  if (!/^https?:/i.test(link)) return { key: "texts.linkScheme", values };
  let host = "";
  try {
    host = new URL(link).hostname;
  } catch {
    return { key: "texts.linkBroken", values };
  }
  if (!/^https?:\/\//i.test(link) || /\s/.test(link)) return { key: "texts.linkBroken", values };
  if (host === "localhost" || /^127\.|^\[::1\]$/.test(host)) return { key: "texts.linkLocal", values };
  return host.includes(".") || host.startsWith("[") ? null : { key: "texts.linkBroken", values };
}

/** How many words people read. */
export function wordCount(text: string): number {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu)?.length ?? 0;
}

// --- Pieces --------------------------------------------------------------------------------------

export type PieceName = "heading" | "paragraph" | "button" | "image" | "divider" | "list";

export const PIECES: readonly { name: PieceName; icon: string; key: Key; html?: true }[] = [
  { name: "heading", icon: "type", key: "texts.heading" },
  { name: "paragraph", icon: "text", key: "texts.paragraph", html: true },
  { name: "list", icon: "list", key: "texts.list" },
  { name: "button", icon: "link", key: "texts.button" },
  { name: "image", icon: "image", key: "texts.image", html: true },
  { name: "divider", icon: "minus", key: "texts.divider" },
];

export interface Snippet {
  text: string;
  /** What is selected of it afterwards, to be typed over. */
  select: [number, number];
}

/** Stands for an address that is still to be typed. */
const LINK = "https://";
const BUTTON =
  "display: inline-block; padding: 12px 20px; border-radius: 6px; background: #3e63dd; color: #ffffff; text-decoration: none; font-weight: 600;";

/** A well-formed piece; what was selected becomes its text. */
export function snippet(name: PieceName, html: boolean, selected: string, sample: string): Snippet {
  const words = selected || sample;
  const around = (before: string, after: string, inner = words): Snippet => ({
    text: before + inner + after,
    select: [before.length, before.length + inner.length],
  });
  if (!html) {
    const line = words.replaceAll("\n", " ");
    switch (name) {
      case "heading":
        return around("", `\n${"=".repeat(Math.min(40, line.length))}\n`, line);
      case "list":
        return around("- ", "\n", words.split("\n").join("\n- "));
      case "button":
        return around(`${line}: `, "\n", LINK);
      case "divider":
        return { text: "---\n", select: [4, 4] };
      default:
        return around("", "\n");
    }
  }
  switch (name) {
    case "heading":
      return around('<h2 style="margin: 24px 0 8px;">', "</h2>\n");
    case "list":
      return around("<ul>\n  <li>", "</li>\n</ul>\n", words.split("\n").join("</li>\n  <li>"));
    case "button":
      return around('<p><a href="', `" style="${BUTTON}">${words}</a></p>\n`, LINK);
    case "image":
      return around('<img src="', `" alt="${words.replaceAll('"', "&quot;")}" width="560" style="max-width: 100%; height: auto;">\n`, LINK);
    case "divider":
      return { text: '<hr style="border: 0; border-top: 1px solid #dddddd; margin: 24px 0;">\n', select: [71, 71] };
    default:
      return around("<p>", "</p>\n", words.replaceAll("\n", "<br>\n"));
  }
}

/** Where a piece can stand that is put in at this place: below its line, and in HTML below the
 * paragraph, list or heading that the line belongs to. */
export function blockEnd(text: string, at: number, html: boolean): number {
  const line = text.indexOf("\n", at);
  const end = line < 0 ? text.length : line;
  if (!html) return end;
  let depth = 0;
  for (const tag of text.matchAll(/<(\/?)(p|ul|ol|h[1-6]|table|blockquote|pre)\b[^<>]*>/gi)) {
    if (depth === 0 && tag.index >= end) return end;
    depth = tag[1] ? Math.max(0, depth - 1) : depth + 1;
    if (depth === 0 && tag.index + tag[0].length >= end) return tag.index + tag[0].length;
  }
  return depth > 0 ? text.length : end;
}

/** The plain text as HTML, to begin with: paragraphs, lists and links; what is filled in stays. */
export function htmlFrom(text: string): string {
  const blocks = text.trim().split(/\n{2,}/).map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => /^\s*[-*] /.test(line))) {
      return `<ul>\n${lines.map((line) => `  <li>${inline(line.replace(/^\s*[-*] /, ""))}</li>`).join("\n")}\n</ul>`;
    }
    if (lines.length === 2 && /^={3,}$/.test(lines[1] ?? "")) return `<h2>${inline(lines[0] ?? "")}</h2>`;
    if (/^-{3,}$/.test(block)) return "<hr>";
    return `<p>${lines.map(inline).join("<br>\n")}</p>`;
  });
  return blocks.filter((block) => block !== "<p></p>").join("\n");
}

function inline(line: string): string {
  // What stands between braces is Liquid: it is kept as it is.
  return line
    .split(/(\{\{.*?\}\}|\{%.*?%\})/)
    .map((part, i) => (i % 2 ? part : linked(part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"))))
    .join("");
}

function linked(text: string): string {
  return text.replace(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g, (link) => `<a href="${link.replaceAll('"', "&quot;")}">${link}</a>`);
}
