/**
 * Finds the words for people that stand in a view's source instead of in the catalogue: text
 * between tags, texts of attributes that are read or seen, and of properties that become messages.
 */

const ATTRIBUTES = "aria-label|aria-roledescription|aria-description|title|placeholder|label|hint|alt|summary";
const PROPERTIES = "message|label|title|hint|failure|placeholder|help|detail|heading";

/** A text in any of the three quotes; what stands in `${}` is not looked at. */
const QUOTED = /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;

export function literals(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, (c) => " ".repeat(c.length)).replace(/(^|[\s;])\/\/.*$/gm, "$1");
  const found = new Map<number, string>();
  const take = (at: number, text: string) => {
    if (isWords(text)) found.set(at, text);
  };
  for (const m of code.matchAll(new RegExp(`\\b(?:${ATTRIBUTES})=(?:"([^"]*)"|\\{)`, "g"))) {
    if (m[1] !== undefined) take(m.index, m[1]);
    else for (const [at, text] of quoted(code, m.index + m[0].length, "}")) take(at, text);
  }
  for (const m of code.matchAll(new RegExp(`[{,(\\s](?:${PROPERTIES}): `, "g"))) {
    for (const [at, text] of quoted(code, m.index + m[0].length, ",\n};")) take(at, text);
  }
  for (const m of code.matchAll(/[>}]([^<>{}()=;&|[\]]*?[A-Za-z]{2}[^<>{}=;&|[\]]*?)(?=<|\{)/g)) {
    const text = (m[1] ?? "").trim();
    if (/[A-Za-z]{3}/.test(text) && !/^[A-Z]{2,5}$/.test(text) && between(code, m.index, m[1] ?? "")) found.set(m.index, text);
  }
  for (const m of code.matchAll(new RegExp(QUOTED))) {
    const text = m[1] ?? m[2] ?? "";
    const forDevelopers = /\bError\($/.test(code.slice(0, m.index));
    if (/^[A-Z“][^\n]* [^\n]*[a-z\d”}][.?]$/.test(text) && !forDevelopers && !found.has(m.index)) {
      found.set(m.index, text.replace(/\$\{[^}]*\}/g, "{}"));
    }
  }
  const sorted = [...found].sort(([a], [b]) => a - b).map(([, text]) => text);
  return sorted.filter((text, i) => text !== sorted[i - 1]);
}

/** The texts in an expression that ends at one of these signs, outside of a bracket. */
function* quoted(code: string, from: number, ends: string): Generator<[number, string]> {
  let depth = 0;
  let at = from;
  for (; at < code.length; at++) {
    const sign = code[at] ?? "";
    if (sign === '"' || sign === "`") {
      QUOTED.lastIndex = at;
      const m = QUOTED.exec(code);
      if (!m || m.index !== at) return;
      // Texts inside of a call, say t("…"), are keys; those of a comparison name a case.
      const compared = /[=!]==\s*$/.test(code.slice(0, at)) || /^\s*[=!]==/.test(code.slice(QUOTED.lastIndex));
      if (depth === 0 && !compared) yield [at, (m[1] ?? m[2] ?? "").replace(/\$\{[^}]*\}/g, "{}")];
      at = QUOTED.lastIndex - 1;
      continue;
    }
    if (depth === 0 && ends.includes(sign)) return;
    if ("([{".includes(sign)) depth++;
    if (")]}".includes(sign)) depth--;
    if (depth < 0) return;
  }
}

/** Whether a piece between > or } and < or { is text of a tag, and not code between two of them. */
function between(code: string, at: number, text: string): boolean {
  const before = code.slice(Math.max(0, at - 400), at + 1);
  const after = code.slice(at + 1 + text.length, at + 5 + text.length);
  if (/^<T[,>]/.test(after)) return false; // a generic function
  if (/=>$/.test(before) || /[,:?"'`]\s*$/.test(text) || /^\s*[,:?.)"'`]/.test(text)) return false;
  if (/\b(?:function|const|let|return|if|else|for|import|export|type|interface|class|extends|async|static|private|readonly|case|catch|finally|try|satisfies|from|as|of|in|while|do|switch|throw|new)\b\s*$/.test(text)) return false;
  if (/^\s*(?:function|const|let|return|if|else|for|import|export|type|interface|class|extends|async|static|private|readonly|case|catch|finally|try|from|while|satisfies|get|set|void|as)\b/.test(text)) return false;
  if (/["'`]|\.\w+\(|\/\/|\?\s*\(?\s*$|\(\s*$/.test(text)) return false;
  if (text.split("(").length !== text.split(")").length) return false;
  const tag = /<\/?[A-Za-z][^<]*>$/.test(before) || /\}$/.test(before);
  const next = /^<\/?[A-Za-z>]/.test(after) || after.startsWith("{");
  if (before.endsWith("}") && after.startsWith("{")) return false;
  if (/<kbd>$/.test(before) || /<code>$/.test(before)) return false;
  return tag && next;
}

function isWords(text: string): boolean {
  const said = text.replace(/\{\}/g, "").trim();
  if (!/[A-Za-zÄÖÜäöü]{2}/.test(said) || /^[A-Z]{2,5}$/.test(said)) return false; // "JSON" is the same
  if (/^[a-z0-9_.:/#@-]+$/.test(said) && !/^[a-z]{3,}$/.test(said)) return false; // a name, an id
  if (/^(?:Ctrl|Shift|Alt|Del|Enter|Esc|F\d+)\b/.test(said)) return false; // keys are the same
  return said.includes(" ") || /^[A-Z]/.test(said);
}
