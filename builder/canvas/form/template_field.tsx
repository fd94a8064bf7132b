/** Liquid text with a menu of what can be inserted. */

import { useRef, useState } from "react";

import type { Json } from "../model/types";
import { LiquidBox, type TextHandle } from "../texts/liquid_box";
import { texts } from "../texts/state";
import { useSlice, useStore } from "../view/context";
import { Icon } from "../view/icons";
import { t } from "../words";
import { VariablePicker } from "./picker";
import { testId, useForm, type FieldProps } from "./scope";

export function HtmlField(props: FieldProps) {
  return <TemplateField {...props} mono />;
}

export function TemplateField(props: FieldProps & { mono?: boolean }) {
  const { schema, value, at, id, describedBy, onChange, mono } = props;
  const { editable } = useForm();
  const box = useRef<TextHandle>(null);
  const hint = schema["x-field"];
  const text = Array.isArray(value) ? value.map(String).join("\n") : typeof value === "string" ? value : "";
  const label = hint?.label ?? t("texts.text");
  return (
    <div className="wj-template">
      {editable ? (
        <div className="wj-text-tools">
          {text.includes("{{") && !mono ? <ShowLiquid /> : null}
          <InsertMenu label={label} onInsert={(path) => box.current?.insert(`{{ ${path} }}`)} />
        </div>
      ) : null}
      <LiquidBox
        text={text}
        label={label}
        id={id}
        testId={testId(at)}
        describedBy={describedBy}
        placeholder={hint?.placeholder}
        multiline={hint?.multiline ?? false}
        mono={mono ?? hint?.kind === "body"}
        json={hint?.kind === "body"}
        field={at[0] ?? ""}
        handle={box}
        onChange={(next) => onChange(written(next, value))}
      />
    </div>
  );
}

/** What was a list of lines in the document stays one. */
function written(text: string, before: Json | undefined): Json | undefined {
  if (text === "") return undefined;
  return Array.isArray(before) ? text.split("\n") : text;
}

export function ShowLiquid() {
  const slice = texts(useStore());
  const on = useSlice(slice, (s) => s.asLiquid);
  return (
    <button type="button" className="wj-link" aria-pressed={on} onClick={() => slice.set({ asLiquid: !on })}>
      {t("texts.asLiquid")}
    </button>
  );
}

export function InsertMenu({ label, onInsert }: { label: string; onInsert: (path: string) => void }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="wj-link"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={t("texts.insertInto", { label })}
        onClick={() => setOpen(!open)}
      >
        <Icon name="plus" size={12} />
        {t("texts.insert")}
      </button>
      {open ? (
        <VariablePicker
          anchor={button}
          onPick={(path) => {
            setOpen(false);
            requestAnimationFrame(() => onInsert(path)); // after the list has given the focus back
          }}
          onClose={() => {
            setOpen(false);
            button.current?.focus();
          }}
        />
      ) : null}
    </>
  );
}
