import { expect, it } from "vitest";
import { mentionedIn, partsOf } from "./mentions";

const wang = { id: "1", name: "Wang" };
const wangFang = { id: "2", name: "Wang Fang" };
const li = { id: "3", name: "李娜" };

it("names of those who are addressed stand apart, the longest that fits", () => {
  expect(partsOf("@Wang Fang, ask @Wang", [wang, wangFang])).toEqual([
    { text: "@Wang Fang", mention: true },
    { text: ", ask ", mention: false },
    { text: "@Wang", mention: true },
  ]);
  expect(partsOf("请@李娜看", [li]).map(({ text }) => text)).toEqual(["请", "@李娜", "看"]);
});

it("what is put together again is the text, whatever it holds", () => {
  for (const text of ["", "@", "@@Wang", "a@b.example <b>@Wang Fang</b>", "@nobody"]) {
    expect(partsOf(text, [wang, wangFang, { id: "4", name: "" }]).map((part) => part.text).join("")).toBe(text);
  }
});

it("whoever was chosen and taken out again is not addressed", () => {
  expect(mentionedIn("@Wang Fang and @李娜", [wang, wangFang, li, li])).toEqual(["2", "3"]);
  expect(mentionedIn("nobody", [wang])).toEqual([]);
});
