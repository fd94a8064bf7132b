/** Which fields of a form are shown, and in which groups. */

import { same, type Config, type Schema } from "./types";

export interface Group {
  /** "" is the form itself, "more" and "advanced" have words of their own. */
  name: string;
  fields: [string, Schema][];
}

/** The fields of a schema by their group, the groups in the order of their first field. */
export function groupsOf(schema: Schema): Group[] {
  const groups: Group[] = [];
  for (const [name, own] of Object.entries(schema.properties ?? {})) {
    const wanted = own["x-field"]?.group ?? "";
    const known = groups.find((group) => group.name === wanted);
    if (known) known.fields.push([name, own]);
    else groups.push({ name: wanted, fields: [[name, own]] });
  }
  return groups;
}

/**
 * Whether a field has a meaning now: each field that its hint `when` names has one of the values
 * (its default counts). A field with a value of its own is always shown: nothing works unseen.
 */
export function isShown(schema: Schema, value: Config, name: string): boolean {
  const when = schema.properties?.[name]?.["x-field"]?.when;
  if (!when || value[name] !== undefined) return true;
  return Object.entries(when).every(([other, values]) => {
    const now = value[other] ?? schema.properties?.[other]?.default ?? null;
    return values.some((one) => same(one, now));
  });
}

/** The names of a group's fields that differ from what they are without being set. */
export function setFields(schema: Schema, value: Config, group: Group): string[] {
  return group.fields
    .map(([name]) => name)
    .filter((name) => value[name] !== undefined && !same(value[name], schema.properties?.[name]?.default));
}
