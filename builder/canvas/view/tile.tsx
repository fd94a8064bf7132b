/** The shape that says a node's category, with the icon that says its kind. */

import type { Category } from "../model/types";
import { Icon } from "./icons";
import { t, type Key } from "../words";

export interface CategoryWords {
  category: Category;
  /** Of all of them, as a heading. */
  readonly title: string;
  /** Of one of them, inside a sentence. */
  readonly word: string;
}

/** In the palette's order. The words are looked up when they are read: the language may change. */
export const CATEGORIES: readonly CategoryWords[] = [
  worded("trigger", "editor.triggers", "editor.trigger"),
  worded("ai", "editor.ais", "editor.ai"),
  worded("logic", "editor.logics", "editor.logic"),
  worded("action", "editor.actions", "editor.action"),
];

function worded(category: Category, title: Key, word: Key): CategoryWords {
  return {
    category,
    get title() {
      return t(title);
    },
    get word() {
      return t(word);
    },
  };
}

export function Tile({ category, icon, size = 32 }: { category: Category; icon?: string; size?: number }) {
  return (
    <span className="wj-tile" data-category={category} style={{ width: size, height: size }}>
      <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
        <Outline category={category} />
      </svg>
      {icon ? <Icon name={icon} size={size >= 28 ? 16 : 12} /> : null}
    </span>
  );
}

function Outline({ category }: { category: Category }) {
  switch (category) {
    case "trigger":
      return <circle cx="16" cy="16" r="15" />;
    case "ai":
      return <path d="M14 1.7a4 4 0 0 1 4 0l9.3 5.4a4 4 0 0 1 2 3.5v10.8a4 4 0 0 1-2 3.5L18 30.3a4 4 0 0 1-4 0l-9.3-5.4a4 4 0 0 1-2-3.5V10.6a4 4 0 0 1 2-3.5z" />;
    case "logic":
      return <path d="M13.9 1a3 3 0 0 1 4.2 0L31 13.9a3 3 0 0 1 0 4.2L18.1 31a3 3 0 0 1-4.2 0L1 18.1a3 3 0 0 1 0-4.2z" />;
    case "action":
      return <rect x="1" y="1" width="30" height="30" rx="7" />;
  }
}
