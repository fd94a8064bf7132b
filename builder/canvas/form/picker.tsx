/**
 * Choosing a value of the customer, the event or an earlier step: as a pop-up with a search
 * (`VariablePicker`), or as the field that holds a path (`VariableBox`).
 */

import { findVariable, sampleWords, searched, type PathScope, type VariableGroup } from "../model/variables";
import { fieldWords } from "../model/conditions";
import { t } from "../words";
import { Combo, Finder, type ChoiceGroup } from "./combo";
import { useForm, useVariables } from "./scope";

/** The groups as a list to choose from. */
export function choicesOf(groups: readonly VariableGroup[]): ChoiceGroup[] {
  return groups.map((group) => ({
    title: group.title,
    ...(group.when ? { note: group.when } : {}),
    items: group.items.map((item) => {
      const sample = sampleWords(item);
      return { value: item.path, label: item.label, detail: item.path, ...(sample ? { sample } : {}) };
    }),
  }));
}

/** A pop-up below `anchor`; it takes the focus, and whoever opened it takes it back on `onClose`. */
export function VariablePicker(props: {
  anchor: React.RefObject<HTMLElement | null>;
  scope?: PathScope;
  label?: string;
  onPick: (path: string) => void;
  onClose: () => void;
}) {
  const groups = useVariables(props.scope ?? "run");
  return (
    <Finder
      label={props.label ?? t("forms.findValue")}
      placeholder={t("forms.findValue")}
      anchor={props.anchor}
      groups={(search) => choicesOf(searched(groups, search))}
      onPick={props.onPick}
      onClose={props.onClose}
    />
  );
}

/** Where a value stands, as a field: it shows the name and takes a path or part of a name. */
export function VariableBox(props: {
  value: string;
  label: string;
  scope?: PathScope;
  id?: string;
  describedBy?: string;
  testId?: string;
  placeholder?: string;
  onChange: (path: string) => void;
}) {
  const { editable } = useForm();
  const groups = useVariables(props.scope ?? "run");
  const { scope: _, ...rest } = props;
  const known = findVariable(groups, props.value);
  return (
    <Combo
      {...rest}
      mono
      editable={editable}
      shown={known?.label ?? (props.value ? fieldWords(props.value) : "")}
      groups={(search) => choicesOf(searched(groups, search))}
      live={isPath}
      onChange={props.onChange}
    />
  );
}

/** A text that can only be meant as a path is taken over while it is typed. */
function isPath(text: string): boolean {
  return text === "" || /^(customer|event|entry|steps|body|query|headers)\.[\w-]+(\.[\w-]+)*$/.test(text) || text === "now";
}
