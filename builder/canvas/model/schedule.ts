/** Cron expressions for people: the usual ones as presets and in words. */

import { language, t } from "../words";

/** The days of the week as they are called here, Sunday first. */
export function weekdays(): string[] {
  const named = new Intl.DateTimeFormat(language.get().code, { weekday: "long", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, day) => named.format(Date.UTC(2023, 0, 1 + day))); // a Sunday
}

export type Preset =
  | { every: "hour"; minute: number }
  | { every: "day"; hour: number; minute: number }
  | { every: "weekday"; hour: number; minute: number }
  | { every: "week"; weekday: number; hour: number; minute: number }
  | { every: "month"; day: number; hour: number; minute: number };

export type Rhythm = Preset["every"];

const NAMES: { [name: string]: string } = {
  sun: "0",
  mon: "1",
  tue: "2",
  wed: "3",
  thu: "4",
  fri: "5",
  sat: "6",
};

/** The preset that a cron expression is, or null when it is a special one. */
export function asPreset(cron: unknown): Preset | null {
  if (typeof cron !== "string") return null;
  const parts = cron.trim().toLowerCase().split(/\s+/);
  if (parts.length !== 5) return null;
  const [m, h, day, month, weekday] = parts as [string, string, string, string, string];
  const minute = whole(m, 59);
  if (minute === null || month !== "*") return null;
  if (h === "*" && day === "*" && weekday === "*") return { every: "hour", minute };
  const hour = whole(h, 23);
  if (hour === null) return null;
  if (day === "*" && weekday === "*") return { every: "day", hour, minute };
  const days = weekday.replace(/[a-z]{3}/g, (name) => NAMES[name] ?? name);
  if (day === "*" && days === "1-5") return { every: "weekday", hour, minute };
  const on = whole(days, 7);
  if (day === "*" && on !== null) return { every: "week", weekday: on % 7, hour, minute };
  const monthDay = whole(day, 31);
  if (weekday === "*" && monthDay) return { every: "month", day: monthDay, hour, minute };
  return null;
}

export function fromPreset(preset: Preset): string {
  switch (preset.every) {
    case "hour":
      return `${preset.minute} * * * *`;
    case "day":
      return `${preset.minute} ${preset.hour} * * *`;
    case "weekday":
      return `${preset.minute} ${preset.hour} * * 1-5`;
    case "week":
      return `${preset.minute} ${preset.hour} * * ${preset.weekday}`;
    case "month":
      return `${preset.minute} ${preset.hour} ${preset.day} * *`;
  }
}

/** The same moment of the day under another rhythm. */
export function withRhythm(preset: Preset, every: Rhythm): Preset {
  const hour = "hour" in preset ? preset.hour : 9;
  const { minute } = preset;
  if (every === "hour") return { every, minute };
  if (every === "week") return { every, weekday: 1, hour, minute };
  if (every === "month") return { every, day: 1, hour, minute };
  return { every, hour, minute };
}

export function scheduleWords(cron: unknown): string {
  const preset = asPreset(cron);
  if (!preset) return typeof cron === "string" ? cron : "";
  if (preset.every === "hour") {
    return preset.minute === 0 ? t("forms.everyHour") : t("forms.everyHourAt", { minute: preset.minute });
  }
  const at = clock(preset.hour, preset.minute);
  if (preset.every === "day") return t("forms.everyDay", { at });
  if (preset.every === "weekday") return t("forms.weekdays", { at });
  if (preset.every === "week") return t("forms.everyWeek", { day: weekdays()[preset.weekday] ?? "", at });
  return t("forms.everyMonth", { day: preset.day, at });
}

export function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

function whole(text: string, most: number): number | null {
  return /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : null;
}
