/** The editor's calls to the studio: same origin, with the session's cookie. */

import type { Catalogue, Counts, JourneyDocument, Problem } from "../model/types";
import { asked, t } from "../words";
import { rootOf, takeEarly } from "./early";
import type { Batch } from "./keeping";
import { Refused, type Current, type Saved, type Since } from "./queue";

export interface Journey extends Current {
  slug: string;
  id: string;
  name: string;
  state: "draft" | "live" | "paused";
  live: { number: number; document: JourneyDocument; published_at: string } | null;
  versions: { number: number }[];
  hooks: { [node: string]: string };
  /** Whether this person may change it. */
  may_edit?: boolean;
}

export interface Published {
  version: number;
  hash: string;
  hooks: { [node: string]: string };
  problems: Problem[];
}

/** Publishing was refused because of these problems. */
export class HasProblems extends Refused {
  constructor(
    message: string,
    readonly problems: Problem[],
  ) {
    super(message, 409);
  }
}

export const PERSON = "x-wayline-person";

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export class Api {
  readonly root: string;
  /** Who is here, as the first answer says. Another one who signs in later is not taken for them. */
  person = "";
  /** Hears which front end each answer belongs to. */
  onBuild: (build: string) => void = () => undefined;

  constructor(
    slug: string,
    private readonly call: Fetch = (path, init) => fetch(path, init),
  ) {
    this.root = rootOf(slug);
  }

  catalogue = () => this.get<Catalogue>("/studio/catalogue");
  journey = () => this.get<Journey>(this.root);
  counts = () => this.get<Counts>(`${this.root}/counts`);

  send = (batch: Batch) => this.post<Saved>(`${this.root}/ops`, batch);
  since = (rev: number) => this.get<Since>(`${this.root}/edits?after=${rev}`);
  past = (rev: number) => this.get<{ document: JourneyDocument }>(`${this.root}/history/${rev}`);
  publish = () => this.post<Published>(`${this.root}/publish`, {});
  start = (node: string, customer: string, properties: object) =>
    this.post<{ event_id: string }>(`${this.root}/start`, { node, customer, properties });

  /** A stream of server-sent events. */
  stream = async (path: string, signal: AbortSignal): Promise<Response> => {
    const answer = await this.call(`${this.root}/${path}`, { method: "GET", headers: this.self(), signal, credentials: "same-origin" });
    this.heed(answer);
    return answer;
  };

  /** Parts of the editor with calls of their own build on these two. */
  get<T>(path: string): Promise<T> {
    return this.ask<T>(path, { method: "GET" });
  }

  post<T>(path: string, body: object): Promise<T> {
    const headers = { "Content-Type": "application/json" };
    return this.ask<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  private self(): { [name: string]: string } {
    return this.person ? { [PERSON]: this.person } : {};
  }

  private heed(answer: Response): void {
    const build = answer.headers.get("x-wayline-build");
    if (build) this.onBuild(build);
    this.person ||= answer.headers.get(PERSON) ?? "";
  }

  private async ask<T>(path: string, init: RequestInit): Promise<T> {
    const headers = { ...init.headers, ...this.self(), "Accept-Language": asked() };
    const early = init.method === "GET" ? await takeEarly(path, asked(), Date.now()) : null;
    const answer = early ?? (await this.call(path, { ...init, headers, credentials: "same-origin" }));
    this.heed(answer);
    const json = (answer.headers.get("content-type") ?? "").includes("json");
    const body = json ? await answer.json() : null;
    if (answer.ok && body !== null) return body as T;
    const said = body?.detail || body?.title || t("editor.answered", { status: String(answer.status) });
    if (Array.isArray(body?.problems)) throw new HasProblems(said, body.problems);
    throw new Refused(said, answer.ok || !json ? 502 : answer.status);
  }
}
