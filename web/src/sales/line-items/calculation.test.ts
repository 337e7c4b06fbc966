import { expect, it } from "vitest";
import { amountsOf, divideRounded, quantityOf, quantityText, sumOf } from "./calculation";

it("halves are rounded away from zero", () => {
  const cases: [bigint, bigint, bigint][] = [[5n, 2n, 3n], [-5n, 2n, -3n], [4n, 3n, 1n], [-4n, 3n, -1n], [0n, 7n, 0n]];
  for (const [top, bottom, expected] of cases) expect(divideRounded(top, bottom)).toBe(expected);
});

it("an item is quantity times price less discount, rounded once, and the tax on that", () => {
  const item = { quantity_milli: "1500", unit_price_minor: "999", discount_basis_points: 1000, tax_basis_points: 1300 };
  expect(amountsOf(item)).toEqual({ net: 1349n, tax: 175n });
  expect(amountsOf({ quantity_milli: "1000" })).toEqual({ net: 0n, tax: 0n });
  expect(sumOf([item, item])).toEqual({ net: 2698n, tax: 350n });
});

it("quantities go from thousandths to text and back", () => {
  for (const [milli, text] of [["1500", "1.5"], ["1000", "1"], ["5", "0.005"], ["120000", "120"], ["10", "0.01"]] as const) {
    expect(quantityText(milli)).toBe(text);
    expect(quantityOf(text)).toBe(milli);
  }
  expect(quantityText(undefined)).toBe("");
  for (const text of ["", "x", "1.2345", "-1"]) expect(quantityOf(text)).toBeUndefined();
});
