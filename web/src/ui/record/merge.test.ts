import { describe, expect, it } from "vitest";
import { changes, merge, same } from "./merge";

describe("values", () => {
  it("that are absent are the same as empty ones", () => {
    expect(same(undefined, "")).toBe(true);
    expect(same({ city: "", street: "" }, undefined)).toBe(true);
    expect(same([{ number: "1", primary: false }], [{ number: "1" }])).toBe(true);
    expect(same(["a"], [])).toBe(false);
    expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(same("0", "")).toBe(false);
  });

  it("that did not change are not sent", () => {
    expect(changes({ name: "A", tags: [], grade: "B" }, { name: "A", tags: ["x"], grade: "" })).toEqual({ tags: ["x"], grade: "" });
  });
});

describe("when somebody was faster", () => {
  const base = { name: "A", grade: "B", industry: "C", type: "D" };
  it("only what both have changed differently has to be chosen", () => {
    const current = { name: "theirs", grade: "theirs", industry: "C", type: "same" };
    const wanted = { name: "mine", industry: "mine", type: "same" };
    expect(merge(base, current, wanted, Object.keys(base))).toEqual({
      disputed: ["name"],
      theirs: ["grade"],
      mine: ["industry", "type"],
    });
  });

  it("what is told to have changed counts although it looks the same", () => {
    const masked = { number: "****1234" };
    expect(merge(masked, masked, { number: "5678" }, ["number"], ["number"]).disputed).toEqual(["number"]);
    expect(merge(masked, masked, {}, ["number"], ["number"]).theirs).toEqual(["number"]);
  });

  it("no change of either side is left out", () => {
    const states = ["base", "mine", "theirs"];
    for (const ours of states) {
      for (const others of states) {
        const found = merge({ x: "base" }, { x: others }, ours === "base" ? {} : { x: ours }, ["x"]);
        const named = [...found.disputed, ...found.mine, ...found.theirs];
        expect(named).toHaveLength(ours === "base" && others === "base" ? 0 : 1);
      }
    }
  });
});
