/** A condition as sentences of controls: all or any of some rows, nested as deep as needed. */

import { useMemo } from "react";

import { conditionWords, kindOf, type Condition } from "../model/conditions";
import { isRecord } from "../model/types";
import type { PathScope } from "../model/variables";
import { t } from "../words";
import { AddRow, ConditionRow } from "./condition_rows";
import { BuilderContext, useBuilder } from "./condition_state";
import { Hits } from "./hits";
import { testId, useForm, type FieldProps } from "./scope";

export function ConditionField({ schema, value, at, onChange }: FieldProps) {
  const scope: PathScope = schema["x-field"]?.scope === "arriving" ? "arriving" : "run";
  const condition = isRecord(value) && Object.keys(value).length ? value : null;
  return <ConditionTree condition={condition} scope={scope} at={at} id={testId(at)} counted onChange={onChange} />;
}

/** The tree itself; the `where` of "they have done" is one as well. */
export function ConditionTree(props: {
  condition: Condition | null;
  scope: PathScope;
  /** Where it stands in the config, for its problems. */
  at: readonly string[];
  id: string;
  counted?: boolean;
  onChange: (condition: Condition | undefined) => void;
}) {
  const { condition, scope, at, id, counted, onChange } = props;
  const { editable } = useForm();
  const builder = useBuilder({ condition, scope, at, id, onChange });
  const words = useMemo(() => (condition ? conditionWords(condition) : ""), [condition]);
  if (!condition) {
    return editable ? (
      <div data-testid={id} ref={builder.root}>
        <BuilderContext.Provider value={builder}>
          <AddRow place={[]} />
        </BuilderContext.Provider>
      </div>
    ) : (
      <span className="wj-quiet">{t("forms.always")}</span>
    );
  }
  const kind = kindOf(condition);
  const isGroup = kind === "all" || kind === "any";
  return (
    <BuilderContext.Provider value={builder}>
      <div className="wj-condition" data-testid={id} ref={builder.root} role="group" aria-label={words || t("conditions.unknown")}>
        {editable ? (
          <>
            <ConditionRow condition={condition} place={[]} ConditionTree={ConditionTree} />
            {isGroup ? null : <AddRow place={[]} />}
          </>
        ) : (
          <p className="wj-condition-read">{words || <code>{JSON.stringify(condition)}</code>}</p>
        )}
        <span className="wj-only-read" role="status">
          {builder.told}
        </span>
        <div className="wj-condition-foot">
          {isGroup && editable ? (
            <button type="button" className="wj-link" onClick={() => onChange(undefined)}>
              {t("conditions.removeAll")}
            </button>
          ) : null}
          {counted ? <Hits condition={condition} scope={scope} /> : null}
        </div>
      </div>
    </BuilderContext.Provider>
  );
}
