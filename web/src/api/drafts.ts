import { readPreference, writePreference } from "./storage";

/** What somebody has begun to say about a record. */
export interface Draft {
  text: string;
  /** Whom it addresses. */
  people: readonly { id: string; name: string }[];
}

const NAME = "drafts";
/** More than that are not kept; the oldest go first. */
const MOST = 50;

type Drafts = Record<string, Draft>;

const all = (owner: string) => readPreference<Drafts>(owner, NAME, {});

/** What a person has begun to say about a record. */
export const draftOf = (owner: string, record: string): Draft | undefined => all(owner)[record];

/** Keeps what a person has begun to say about a record; nothing of it once it says nothing. */
export function keepDraft(owner: string, record: string, draft: Draft) {
  if (!draft.text.trim() && !draftOf(owner, record)) return;
  const others = Object.entries(all(owner)).filter(([key]) => key !== record);
  const kept: [string, Draft][] = draft.text.trim() ? [...others, [record, draft]] : others;
  writePreference(owner, NAME, Object.fromEntries(kept.slice(-MOST)));
}

/** Forgets everything that a person has begun to say. */
export const forgetDrafts = (owner: string) => writePreference<Drafts>(owner, NAME, {});
