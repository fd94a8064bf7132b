/** The history as a person reads it: who, when, how much; versions as milestones between. */

export interface Person {
  id: string | null;
  name: string;
}

export interface Edit {
  rev: number;
  at: string;
  person: Person;
  label: string;
  count: number;
  /** The nodes that it touched. */
  nodes?: string[];
}

export interface Version {
  number: number;
  rev: number | null;
  published_at: string;
  person: Person;
}

/** Edits of one person that follow each other closely, the newest first. */
export interface Sitting {
  kind: "sitting";
  edits: Edit[];
  /** What was done, each with its edits: typing on in one field is one. */
  doings: Edit[][];
}

export type Entry = Sitting | { kind: "version"; version: Version };

const PAUSE = 10 * 60_000; // milliseconds without an edit that end a sitting

/** Both lists newest first. */
export function entries(edits: readonly Edit[], versions: readonly Version[], whole: boolean): Entry[] {
  const found: Entry[] = [];
  const left = [...versions];
  let run: Edit[] = [];
  const close = () => {
    if (run.length > 0) found.push({ kind: "sitting", edits: run, doings: doings(run) });
    run = [];
  };
  for (const edit of edits) {
    while (left[0] && !after(edit, left[0])) {
      close();
      found.push({ kind: "version", version: left.shift() as Version });
    }
    const last = run.at(-1);
    const near = last && samePerson(last.person, edit.person) && Date.parse(last.at) - Date.parse(edit.at) < PAUSE;
    if (last && !near) close();
    run.push(edit);
  }
  close();
  // Older versions than the edits that are loaded so far come with the next page.
  if (whole) found.push(...left.map((version) => ({ kind: "version", version }) as const));
  return found;
}

/** Whether the edit came after the version was published. */
function after(edit: Edit, version: Version): boolean {
  return version.rev === null ? Date.parse(edit.at) > Date.parse(version.published_at) : edit.rev > version.rev;
}

function samePerson(a: Person, b: Person): boolean {
  return a.id === b.id && a.name === b.name;
}

function doings(edits: readonly Edit[]): Edit[][] {
  const found: Edit[][] = [];
  for (const edit of edits) {
    const last = found.at(-1);
    if (last && edit.label && edit.label === last[0]?.label) last.push(edit);
    else found.push([edit]);
  }
  return found;
}
