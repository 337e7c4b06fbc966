import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { languages } from "../../i18n";
import { domains } from "./domains";

const FOLDER = join(import.meta.dirname, "../../../../docs/user-guide");
const pagesOf = (language: string) => readdirSync(join(FOLDER, language)).filter((name) => name.endsWith(".md"));
const linksOf = (language: string, page: string) => [...readFileSync(join(FOLDER, language, page), "utf8").matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? "");

describe.each(Object.keys(languages))("the user guide in %s", (language) => {
  it("has the same pages as in English", () => expect(pagesOf(language)).toEqual(pagesOf("en")));

  it("leads only to what exists", () => {
    for (const page of pagesOf(language)) for (const link of linksOf(language, page)) expect(existsSync(join(FOLDER, language, link)), `${page}: ${link}`).toBe(true);
  });

  it("names every page at its beginning", () => {
    const named = linksOf(language, "index.md");
    expect(pagesOf(language).filter((page) => page !== "index.md" && !named.includes(page))).toEqual([]);
  });

  it("explains every page of the app", () => {
    const topics = domains.flatMap((domain) => domain.entries.map((entry) => `${entry.help}.md`));
    expect(topics.filter((topic) => !pagesOf(language).includes(topic))).toEqual([]);
  });
});

it("shows every picture that there is", () => {
  const shown = new Set(Object.keys(languages).flatMap((language) => pagesOf(language).flatMap((page) => linksOf(language, page))));
  expect(readdirSync(join(FOLDER, "images")).filter((name) => !shown.has(`../images/${name}`))).toEqual([]);
});
