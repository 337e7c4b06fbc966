import type { Schemas } from "../../api/client";

export type LineItem = Schemas["sales.OpportunityLineItem"];

/** Divides and rounds to the nearest whole, halves away from zero, as the service does. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const quotient = (2n * top + bottom) / (2n * bottom);
  return negative ? -quotient : quotient;
}

const whole = (text: string | undefined) => (/^-?\d+$/.test(text ?? "") ? BigInt(text ?? "0") : 0n);

/** What one item comes to, in the currency's minor unit. */
export function amountsOf(item: LineItem): { net: bigint; tax: bigint } {
  const discount = BigInt(Math.round(item.discount_basis_points ?? 0));
  const price = whole(item.unit_price_minor);
  const net = divideRounded(whole(item.quantity_milli) * price * (10_000n - discount), 10_000_000n);
  return { net, tax: divideRounded(net * BigInt(Math.round(item.tax_basis_points ?? 0)), 10_000n) };
}

/** What all items come to. */
export function sumOf(items: readonly LineItem[]): { net: bigint; tax: bigint } {
  return items.map(amountsOf).reduce((sum, one) => ({ net: sum.net + one.net, tax: sum.tax + one.tax }), { net: 0n, tax: 0n });
}

/** Thousandths as a decimal text: 1500 is `1.5`. */
export function quantityText(milli: string | undefined): string {
  const text = (milli ?? "").padStart(4, "0");
  return milli ? `${text.slice(0, -3)}.${text.slice(-3)}`.replace(/\.?0+$/, "") : "";
}

/** A decimal text as thousandths; `undefined` if it is none. */
export function quantityOf(text: string): string | undefined {
  const match = /^(\d{1,12})(?:\.(\d{0,3}))?$/.exec(text.trim().replace(/[,，\s]/g, ""));
  return match ? BigInt(`${match[1]}${(match[2] ?? "").padEnd(3, "0")}`).toString() : undefined;
}
