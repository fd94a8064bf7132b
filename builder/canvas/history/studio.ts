/** What the history asks the studio. States of the past never change, so each is fetched once. */

import type { JourneyDocument } from "../model/types";
import { perStore } from "../state/feature";
import type { EditorStore } from "../state/store";
import type { Edit, Version } from "./timeline";

export interface Page {
  edits: Edit[];
  versions: Version[];
}

/** What publishing would do to the people inside. */
export interface Review {
  number: number;
  same: boolean;
  state: "draft" | "live" | "paused";
  rev: number;
  inside: { version: number; people: number; steps: { node: string; title: string; people: number; gone: boolean }[] }[];
  /** Its emails stay in the mailbox: there is no mail server. */
  mailbox: boolean;
}

export const PAGE = 50; // edits asked for at once

class Studio {
  private known = new Map<string, JourneyDocument>();

  constructor(private readonly store: EditorStore) {}

  page = (before: number | null): Promise<Page> => {
    const from = before === null ? "" : `before=${before}&`;
    return this.store.api.get<Page>(`${this.root}/history?${from}limit=${PAGE}`);
  };
  at = (rev: number) => this.document(`history/${rev}`);
  version = (number: number) => this.document(`versions/${number}`);
  review = () => this.store.api.get<Review>(`${this.root}/review`);

  private get root(): string {
    return this.store.api.root;
  }

  private async document(path: string): Promise<JourneyDocument> {
    const known = this.known.get(path);
    if (known) return known;
    const { document } = await this.store.api.get<{ document: JourneyDocument }>(`${this.root}/${path}`);
    this.known.set(path, document);
    return document;
  }
}

export const studioOf = perStore((store) => new Studio(store));
