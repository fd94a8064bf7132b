/** A schedule as a rhythm with a time of day; special ones stay cron expressions. */

import { useState } from "react";

import { asPreset, clock, fromPreset, scheduleWords, weekdays, withRhythm, type Preset, type Rhythm } from "../model/schedule";
import { capital } from "../model/sentences";
import { testId, useForm, type FieldProps } from "./scope";
import { t } from "../words";

const RHYTHMS: readonly Rhythm[] = ["hour", "day", "weekday", "week", "month"];

export function CronField({ value, at, id, describedBy, schema, onChange }: FieldProps) {
  const { editable } = useForm();
  const [raw, setRaw] = useState(false);
  const text = typeof value === "string" ? value : "";
  const preset = asPreset(text);
  const special = raw || (text !== "" && !preset);
  const start: Preset = preset ?? { every: "day", hour: 9, minute: 0 };
  const set = (next: Preset) => onChange(fromPreset(next));
  return (
    <div className="wj-cron">
      <select
        id={id}
        className="wj-select"
        aria-label={t("forms.rhythm")}
        data-testid={`${testId(at)}-every`}
        disabled={!editable}
        value={special ? "special" : preset ? preset.every : ""}
        onChange={(event) => {
          const next = event.target.value;
          setRaw(next === "special");
          if (next && next !== "special") set(withRhythm(start, next as Rhythm));
        }}
      >
        {preset || special ? null : <option value="">{t("forms.choose")}</option>}
        {RHYTHMS.map((rhythm) => (
          <option key={rhythm} value={rhythm}>
            {capital(t(`forms.rhythm.${rhythm}`))}
          </option>
        ))}
        <option value="special">{t("forms.rhythm.cron")}</option>
      </select>
      {special ? (
        <input
          className="wj-input"
          data-mono
          aria-label={t("forms.cronLabel")}
          aria-describedby={describedBy}
          data-testid={testId(at)}
          placeholder={schema["x-field"]?.placeholder ?? "0 9 * * 1"}
          readOnly={!editable}
          value={text}
          onChange={(event) => onChange(event.target.value || undefined)}
        />
      ) : preset ? (
        <Details preset={preset} set={set} editable={editable} />
      ) : null}
      {preset ? <p className="wj-help">{capital(scheduleWords(text))}.</p> : null}
    </div>
  );
}

function Details({ preset, set, editable }: { preset: Preset; set: (p: Preset) => void; editable: boolean }) {
  return (
    <>
      {preset.every === "week" ? (
        <select
          className="wj-select"
          aria-label={t("forms.weekday")}
          disabled={!editable}
          value={preset.weekday}
          onChange={(event) => set({ ...preset, weekday: Number(event.target.value) })}
        >
          {weekdays().map((day, i) => (
            <option key={day} value={i}>
              {day}
            </option>
          ))}
        </select>
      ) : null}
      {preset.every === "month" ? (
        <select
          className="wj-select"
          aria-label={t("forms.dayOfMonth")}
          disabled={!editable}
          value={preset.day}
          onChange={(event) => set({ ...preset, day: Number(event.target.value) })}
        >
          {Array.from({ length: 31 }, (_, i) => (
            <option key={i} value={i + 1}>
              {t("forms.dayN", { n: i + 1 })}
            </option>
          ))}
        </select>
      ) : null}
      {preset.every === "hour" ? null : (
        <input
          type="time"
          className="wj-input wj-short"
          aria-label={t("forms.clock")}
          readOnly={!editable}
          value={clock(preset.hour, preset.minute)}
          onChange={(event) => {
            const [hour, minute] = event.target.value.split(":").map(Number);
            if (hour !== undefined && minute !== undefined) set({ ...preset, hour, minute });
          }}
        />
      )}
    </>
  );
}
