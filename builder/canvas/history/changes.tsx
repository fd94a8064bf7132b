/** What differs, as a list: one entry for each node, way or setting, with before and after. */

import { useEffect, useRef } from "react";

import { useEditor, useSlice, useStore } from "../view/context";
import { arrows, IconButton } from "../view/controls";
import { Icon } from "../view/icons";
import { t } from "../words";
import type { Item, ItemKind } from "./items";
import { looking } from "./look";
import type { Row } from "./values";
import { shortened, wordDiff } from "./word_diff";

const ICONS: { [kind in ItemKind]: string } = { added: "plus", removed: "minus", changed: "pencil", moved: "waypoints" };
const LONG = 48; // characters from which on two texts are compared word by word

/** All changes of what is looked at, or those of one node. */
export function ChangeList({ title, node = null }: { title: string; node?: string | null }) {
  const store = useStore();
  const look = looking(store);
  const at = useSlice(look.slice, (s) => s.at);
  useSlice(look.slice, (s) => s.look);
  useEditor((s) => s.types);
  const all = look.items();
  const items = node === null ? all : all.filter((item) => item.node === node && item.kind !== "moved");
  const index = all.findIndex((item) => item.id === at);
  return (
    <section className="wj-changes" aria-label={title} data-testid="changes">
      <div className="wj-changes-head">
        <h3>{title}</h3>
        {node === null && all.length > 1 ? (
          <span className="wj-change-steps">
            <span className="wj-quiet" aria-live="polite">
              {index < 0 ? "" : t("history.of", { at: index + 1, count: all.length })}
            </span>
            <IconButton icon="chevron-up" label={t("history.previous")} hint="Shift F7" onClick={() => look.step(-1)} />
            <IconButton icon="chevron-down" label={t("history.next")} hint="F7" onClick={() => look.step(1)} testId="next-change" />
          </span>
        ) : null}
      </div>
      <ol onKeyDown={(event) => arrows(event, ".wj-change-head")}>
        {items.map((item) => (
          <Change key={item.id} item={item} now={item.id === at} onGo={() => look.go(item)} />
        ))}
      </ol>
    </section>
  );
}

function Change({ item, now, onGo }: { item: Item; now: boolean; onGo: () => void }) {
  const ref = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (now) ref.current?.scrollIntoView({ block: "nearest" });
  }, [now]);
  const said = { added: t("history.added"), removed: t("history.removed"), changed: t("history.changed"), moved: "" }[item.kind];
  return (
    <li ref={ref} className="wj-change" data-kind={item.kind} data-now={now || undefined} data-testid={`change-${item.id.replaceAll(" ", "-")}`}>
      <button type="button" className="wj-change-head" aria-current={now || undefined} onClick={onGo}>
        <span className="wj-change-mark">
          <Icon name={ICONS[item.kind]} size={12} />
        </span>
        <b>{item.title}</b>
        <small>{said}</small>
      </button>
      {item.text || item.rows.length ? (
        <div className="wj-change-more">
          {item.text ? <p>{item.text}</p> : null}
          {item.rows.map((row, i) => (
            <OneRow key={`${row.label}/${i}`} row={row} />
          ))}
        </div>
      ) : null}
    </li>
  );
}

function OneRow({ row: { label, before, after } }: { row: Row }) {
  const long = before !== null && after !== null && (before.length > LONG || after.length > LONG || /\n/.test(before + after));
  return (
    <p className="wj-change-row">
      <span className="wj-change-label">{label}:</span>{" "}
      {long ? <Compared before={before} after={after} /> : <Pair before={before} after={after} />}
    </p>
  );
}

/** "2 days → 3 days"; what was not there, or is not any more, is said. */
function Pair({ before, after }: { before: string | null; after: string | null }) {
  return (
    <>
      <Side tag="del" text={before} /> <span aria-hidden="true">→</span> <Side tag="ins" text={after} />
    </>
  );
}

function Side({ tag: Tag, text }: { tag: "del" | "ins"; text: string | null }) {
  const word = <span className="wj-unseen">{`${t(Tag === "del" ? "history.was" : "history.is")}: `}</span>;
  if (text === null) return <span className="wj-change-none">{word}{t("history.nothing")}</span>;
  return <Tag>{word}{text}</Tag>;
}

function Compared({ before, after }: { before: string; after: string }) {
  return (
    <span className="wj-change-text">
      {shortened(wordDiff(before, after)).map((piece, i) => {
        if (piece.kind === "same") return <span key={i}>{piece.text}</span>;
        return <Side key={i} tag={piece.kind === "removed" ? "del" : "ins"} text={piece.text} />;
      })}
    </span>
  );
}
