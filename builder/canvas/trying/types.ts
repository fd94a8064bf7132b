/** What trying works with: events to try with, what came of them, pinned answers, past runs. */

import type { Config, Json, JourneyDocument, Problem } from "../model/types";

export type Table = { [name: string]: Json };

/** A customer who is only made up; a real one is named by an id. */
export type MadeUp = { id?: string; email?: string | null; attributes?: Table; consent?: Table; segments?: string[] };

export interface Sample {
  id: string;
  origin: "real" | "template" | "example" | "made";
  title: string;
  at: string | null;
  customer: (MadeUp & { name?: string }) | null;
  event: { name: string; properties: Table };
  /** Null: it starts the trigger; else why it does not. */
  fits: string | null;
  /** Of a template's: where it goes and few others do, and what is pinned for it. */
  way?: { node: string; handle: string | null } | null;
  pins?: Pins;
}

export interface SampleTrigger {
  node: string;
  title: string;
  event: string;
  samples: Sample[];
}

export interface Person {
  id: string;
  name: string;
  email: string | null;
}

export interface Samples {
  triggers: SampleTrigger[];
  customers: Person[];
}

/** What a step is made to answer. */
export interface Pin {
  handle?: string;
  output?: Table;
  decision?: "approve" | "reject";
  /** A person has written the output: another way leaves it as it is. Not sent. */
  own?: boolean;
  /** It came with the event that was chosen, and goes with it. Not sent. */
  sample?: boolean;
}

export type Pins = { [node: string]: Pin };

export interface TriedStep {
  n: number;
  at: string;
  node: string;
  type: string;
  visit: number;
  handle: string | null;
  input: { customer?: Table | null; event?: Table; steps?: { [node: string]: Table }; reads: string[] };
  output: Table;
  notes: string[];
  /** Seconds that it waited. */
  waited: number;
  pinned: boolean;
  /** A decision that nobody has pinned: a test takes it as a yes. */
  assumed?: boolean;
  effect?: { kind: "email" | "http" | "model" } & Table;
}

export interface End {
  status: "completed" | "exited" | "failed" | "waiting" | "running" | "not_started";
  reason: string | null;
  reached?: boolean;
  /** It went on for too long. */
  stopped?: boolean;
}

export interface Tried {
  steps: TriedStep[];
  ends: End[];
  problems?: Problem[];
  /** Of a past run that goes on: where it stands. */
  waiting?: Standing[];
}

export interface PastRun {
  id: string;
  version: number;
  customer: string | null;
  customer_name: string | null;
  status: End["status"];
  reason: string | null;
  started_at: string;
  ended_at: string | null;
}

/** Where a run that goes on stands. */
export interface Standing {
  node: string;
  text: string;
  deadline: string | null;
}

export interface Replay extends Tried {
  run: PastRun;
  document: JourneyDocument;
}

/** What goes into a test: properties of the event, and who it is about (an id: a real customer). */
export interface Given {
  properties: Table;
  customer: string | MadeUp | null;
}

export interface Asked {
  document: JourneyDocument;
  trigger: string;
  event: { name: string; properties: Table };
  customer: string | MadeUp | null;
  pins: Pins;
  until?: string;
  only?: { node: string; steps: { [node: string]: Config } };
}
