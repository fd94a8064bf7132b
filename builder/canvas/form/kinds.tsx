/** Which control draws which kind of field (`x-field.kind` of nodes/fields.py). */

import type { ComponentType } from "react";

import { BodyField, HeadersField, JsonField, ValuesField } from "./mappings";
import { ConditionField } from "./condition_field";
import { CronField } from "./cron_field";
import { DueField, DurationField, MomentField } from "./time_fields";
import { EitherField, GroupField, LinesField, ListingField } from "./structures";
import { ChoiceField, CredentialField, NodeField, NumberField, SwitchField } from "./choices";
import { EventField, PathField, SegmentField, SlugField, TextField, TimeZoneField } from "./texts";
import { HtmlField, TemplateField } from "./template_field";
import type { FieldProps } from "./scope";

export const CONTROLS: { [kind: string]: ComponentType<FieldProps> } = {
  body: BodyField,
  choice: ChoiceField,
  condition: ConditionField,
  credential: CredentialField,
  cron: CronField,
  due: DueField,
  duration: DurationField,
  either: EitherField,
  event: EventField,
  group: GroupField,
  headers: HeadersField,
  html: HtmlField,
  json: JsonField,
  lines: LinesField,
  listing: ListingField,
  moment: MomentField,
  node: NodeField,
  number: NumberField,
  path: PathField,
  segment: SegmentField,
  slug: SlugField,
  switch: SwitchField,
  template: TemplateField,
  text: TextField,
  time_zone: TimeZoneField,
  values: ValuesField,
};

/** Kinds made of several controls: a fieldset with a legend instead of a label. */
export const OWN_LABEL = new Set([
  "condition", "cron", "due", "duration", "either", "group", "headers", "listing", "moment", "values",
]);
