import type { Count } from "../api/records";
import { currentLanguage } from "../i18n";

const formats = new Map<string, Intl.NumberFormat>();

/** Makes of each format one: to make it takes longer than to use it a hundred times. */
function numberFormat(language: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = JSON.stringify([language, options]);
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  return format;
}

const two = (number: number) => String(number).padStart(2, "0");

/** A moment's day as YYYY-MM-DD, where the reader is. */
export function formatDate(time: string | undefined): string {
  const date = new Date(time ?? "");
  if (Number.isNaN(date.getTime())) return "";
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A moment as YYYY-MM-DD HH:MM, where the reader is. */
export function formatTime(time: string | undefined): string {
  const date = new Date(time ?? "");
  return Number.isNaN(date.getTime()) ? "" : `${formatDate(time)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A moment that a condition compares with: only its day if it is the beginning of one, or if no more was said. */
export function formatMoment(time: string): string {
  return time.includes("T") ? formatTime(time).replace(" 00:00", "") || time : time;
}

/** A number with the separators of the language. */
export function formatNumber(value: number | bigint): string {
  return numberFormat(currentLanguage()).format(value);
}

/** A count of records, with a plus where there are more. */
export function formatCount({ count, truncated }: Count): string {
  return `${formatNumber(count)}${truncated ? "+" : ""}`;
}

/** How many digits of a currency stand behind the point. */
export function digitsOf(currency: string): number {
  try {
    const format = numberFormat("en", { style: "currency", currency: currency || "CNY" });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** Minor units as a decimal text: 12345 of CNY is `123.45`. */
export function toMajor(minor: string | number, currency: string): string {
  const digits = digitsOf(currency);
  const text = typeof minor === "number" ? BigInt(Math.round(minor)).toString() : minor;
  const negative = text.startsWith("-");
  const padded = text.replace("-", "").padStart(digits + 1, "0");
  const whole = padded.slice(0, padded.length - digits);
  const part = padded.slice(padded.length - digits).replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}${part ? `.${part.padEnd(digits, "0")}` : ""}`;
}

/** A decimal text as minor units; `undefined` if it is no amount of the currency. */
export function toMinor(major: string, currency: string): string | undefined {
  const digits = digitsOf(currency);
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(major.replace(/[,，\s]/g, ""));
  if (!match || (match[3] ?? "").length > digits) return undefined;
  return BigInt(`${match[1]}${match[2]}${(match[3] ?? "").padEnd(digits, "0")}`).toString();
}

/** An amount as people of the language write it. */
export function formatMoney(minor: string | number, currency: string): string {
  const code = currency || "CNY";
  const major = toMajor(minor, code);
  const digits = major.includes(".") ? digitsOf(code) : 0;
  try {
    return numberFormat(currentLanguage(), {
      style: "currency",
      currency: code,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(major as `${number}`);
  } catch {
    return `${code} ${major}`;
  }
}

/** The name of a country. */
export function countryName(code: string): string {
  try {
    return new Intl.DisplayNames(currentLanguage(), { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** The name of a currency. */
export function currencyName(code: string): string {
  return new Intl.DisplayNames(currentLanguage(), { type: "currency" }).of(code) ?? code;
}

/** A telephone number in groups that can be read. */
export function formatPhone(number: string): string {
  const mobile = /^\+86(1\d{2})(\d{4})(\d{4})$/.exec(number);
  return mobile ? `+86 ${mobile[1]} ${mobile[2]} ${mobile[3]}` : number;
}
