import { expect, it } from "vitest";
import { added, cardOf, moved, placeOf, without, type BoardData } from "./data";

const card = (id: string, amount_minor: string, currency = "CNY") => ({ id, amount_minor, weighted_amount_minor: "1", currency });
const board: BoardData = {
  pipeline: "p",
  columns: [
    { stage: "a", count: 3, amounts: [{ amount_minor: "600", currency: "CNY" }], weighted: [{ amount_minor: "3", currency: "CNY" }], truncated: false, cards: [card("1", "100"), card("2", "200"), card("3", "300")] },
    { stage: "b", count: 0, amounts: [], weighted: [], truncated: false, cards: [] },
  ],
};
const order = ({ columns }: BoardData) => columns.map((column) => column.cards.map((one) => one.id).join(""));

it("a card moves within its stage and to others, and the sums go along", () => {
  expect(order(moved(board, "1", { stage: "a", index: 2 }))).toEqual(["231", ""]);
  expect(moved(board, "1", { stage: "a", index: 2 }).columns[0]).toMatchObject({ count: 3, amounts: [{ amount_minor: "600" }] });
  const other = moved(board, "2", { stage: "b", index: 0 });
  expect(order(other)).toEqual(["13", "2"]);
  expect(other.columns.map(({ count, amounts }) => [count, amounts])).toEqual([
    [2, [{ amount_minor: "400", currency: "CNY" }]],
    [1, [{ amount_minor: "200", currency: "CNY" }]],
  ]);
  expect(moved(other, "2", { stage: "a", index: 1 })).toEqual(board);
  expect(order(board)).toEqual(["123", ""]);
});

it("what the service made of a card takes its place", () => {
  const changed = { ...card("2", "200"), weighted_amount_minor: "100" };
  const after = moved(moved(board, "2", { stage: "b", index: 0 }), "2", { stage: "b", index: 0 }, changed);
  expect(after.columns[1]).toMatchObject({ count: 1, cards: [changed], weighted: [{ amount_minor: "100", currency: "CNY" }] });
  expect(cardOf(after, "2")).toBe(changed);
});

it("a card that is gone is no longer counted, and one that is unknown changes nothing", () => {
  expect(without(board, "3").columns[0]).toMatchObject({ count: 2, amounts: [{ amount_minor: "300" }] });
  expect(without(board, "x")).toBe(board);
  expect(moved(board, "x", { stage: "a", index: 0 })).toBe(board);
  expect(placeOf(board, "3")).toEqual({ stage: "a", index: 2 });
  expect(placeOf(board, "x")).toBeUndefined();
});

it("amounts of several currencies are kept apart, and none is left as zero", () => {
  const both = added([{ amount_minor: "5", currency: "USD" }], 7n, "CNY");
  expect(both).toEqual([{ amount_minor: "7", currency: "CNY" }, { amount_minor: "5", currency: "USD" }]);
  expect(added(both, -5n, "USD")).toEqual([{ amount_minor: "7", currency: "CNY" }]);
});
