import { digitsOf, formatMoney, toMajor } from "../../ui/format";
import { formatShortMoney } from "../format";

/** Amounts of a currency as the numbers that axes have, and back as texts. */
export function scaleOf(currency: string) {
  const minor = (shown: unknown) => Math.round(Number(shown) * 10 ** digitsOf(currency));
  return {
    of: (amount: string | undefined) => Number(toMajor(amount ?? "0", currency)),
    exact: (shown: unknown) => formatMoney(minor(shown), currency),
    short: (shown: unknown) => formatShortMoney(minor(shown), currency),
    money: (amount: string | undefined) => formatMoney(amount ?? "0", currency),
  };
}
