/** What every field of a form may look at. */

import { createContext, useContext, useMemo } from "react";

import { variables, type PathScope, type VariableGroup } from "../model/variables";
import { language } from "../words";
import type { Catalogue, JourneyDocument, Json, Problem, Schema, Types } from "../model/types";

export interface FormScope {
  doc: JourneyDocument;
  types: Types;
  catalogue: Catalogue;
  /** The node that the form belongs to; null for the journey itself. */
  node: string | null;
  problems: readonly Problem[];
  editable: boolean;
}

export interface FieldProps {
  schema: Schema;
  value: Json | undefined;
  /** Where the field stands in the config: "cases", "0", "condition". */
  at: readonly string[];
  /** The control's id, for its label. */
  id: string;
  describedBy?: string;
  /** undefined takes the field out of the config. */
  onChange: (value: Json | undefined) => void;
}

export const FormContext = createContext<FormScope | null>(null);

export function useForm(): FormScope {
  const scope = useContext(FormContext);
  if (!scope) throw new Error("A field stands inside of a form.");
  return scope;
}

export function useVariables(scope: PathScope = "run"): VariableGroup[] {
  const { doc, types, catalogue, node } = useForm();
  const spoken = language.get().code;
  return useMemo(
    () => variables(doc, types, catalogue.fields, node, scope),
    [doc, types, catalogue.fields, node, scope, spoken],
  );
}

export function testId(at: readonly string[]): string {
  return `field-${at.join("-")}`;
}

/** Words for a field without a label of its own. */
export function labelOf(schema: Schema, name: string): string {
  return schema["x-field"]?.label || schema.title || name.replaceAll("_", " ");
}
