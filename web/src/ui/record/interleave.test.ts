import { expect, it } from "vitest";
import { interleave } from "./interleave";

const at = (...seconds: number[]) => seconds.map((second) => ({ create_time: new Date(second * 1000).toISOString() }));
const seconds = (items: { create_time?: string }[]) => items.map(({ create_time }) => Date.parse(create_time ?? "") / 1000);

it("both lists stand in one order when both are loaded", () => {
  const { items, next } = interleave({ items: at(9, 5, 1), more: false }, { items: at(8, 2), more: false });
  expect(seconds(items)).toEqual([9, 8, 5, 2, 1]);
  expect(next).toBeUndefined();
});

it("nothing is shown that something not loaded yet could stand above", () => {
  const { items, next } = interleave({ items: at(9, 5), more: true }, { items: at(8, 2), more: true });
  expect(seconds(items)).toEqual([9, 8, 5]);
  expect(next).toBe("one");
});

it("the list that is known least far back is loaded further", () => {
  expect(interleave({ items: at(9, 1), more: true }, { items: at(8, 4), more: true }).next).toBe("other");
  expect(interleave({ items: at(9, 1), more: true }, { items: [], more: false }).next).toBe("one");
});
