/** A note for people, anywhere on the canvas. It does nothing. */

import type { Node, NodeProps } from "@xyflow/react";
import { memo, useState } from "react";

import type { Note as NoteValue } from "../model/types";

export interface NoteData extends Record<string, unknown> {
  note: NoteValue;
  editable: boolean;
  onChange: (text: string) => void;
}

export type NoteNode = Node<NoteData, "note">;

export const Note = memo(function Note({ data, selected }: NodeProps<NoteNode>) {
  const [draft, setDraft] = useState<string | null>(null);
  const done = () => {
    if (draft !== null && draft !== data.note.text) data.onChange(draft);
    setDraft(null);
  };
  return (
    <div className="wj-note" data-selected={selected || undefined} data-testid={`node-${data.note.id}`}>
      <textarea
        className={selected ? "nodrag nowheel" : ""}
        aria-label="Note"
        placeholder="A note for your team"
        readOnly={!data.editable || !selected}
        tabIndex={selected ? 0 : -1}
        value={draft ?? data.note.text}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={done}
        rows={Math.max(2, (draft ?? data.note.text).split("\n").length)}
      />
    </div>
  );
});
