import { currentLanguage } from "../i18n";
import { digitsOf, formatMoney, toMajor } from "../ui/format";

/** A share of a hundred as people of the language write it. */
export function formatPercent(value: number, digits = 2): string {
  return new Intl.NumberFormat(currentLanguage(), { style: "percent", maximumFractionDigits: digits }).format(value / 100);
}

/** An amount that need not be exact, in as little room as possible: ¥1.2M, 120万. */
export function formatShortMoney(minor: string | number | undefined, currency: string): string {
  const value = Number(toMajor(minor ?? "0", currency));
  if (Math.abs(value) < 10_000) return formatMoney(Math.round(value) * 10 ** digitsOf(currency), currency);
  return new Intl.NumberFormat(currentLanguage(), { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** How long something takes, in the unit that fits. */
export function formatSeconds(seconds: number): string {
  const [value, unit] = seconds >= 86_400 ? [seconds / 86_400, "day"] : seconds >= 3600 ? [seconds / 3600, "hour"] : [seconds / 60, "minute"];
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(currentLanguage(), { style: "unit", unit: String(unit), unitDisplay: "long", maximumFractionDigits: digits }).format(Number(value));
}
