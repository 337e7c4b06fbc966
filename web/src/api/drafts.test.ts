import { beforeEach, expect, it } from "vitest";
import { draftOf, forgetDrafts, keepDraft } from "./drafts";

const said = (text: string) => ({ text, people: [] });

beforeEach(() => forgetDrafts("me"));

it("keeps what was begun for each person and record", () => {
  keepDraft("me", "one", said("first"));
  keepDraft("me", "two", said("second"));
  expect(draftOf("me", "one")?.text).toBe("first");
  expect(draftOf("me", "two")?.text).toBe("second");
  expect(draftOf("somebody else", "one")).toBeUndefined();
});

it("forgets what says nothing any more, and everything at once", () => {
  keepDraft("me", "one", said("first"));
  keepDraft("me", "one", said("  "));
  expect(draftOf("me", "one")).toBeUndefined();
  keepDraft("me", "two", said("second"));
  forgetDrafts("me");
  expect(draftOf("me", "two")).toBeUndefined();
});

it("keeps no more than fifty, the latest", () => {
  for (let at = 0; at < 60; at += 1) keepDraft("me", `record ${at}`, said("text"));
  expect(draftOf("me", "record 9")).toBeUndefined();
  expect(draftOf("me", "record 10")?.text).toBe("text");
});
