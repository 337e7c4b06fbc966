import { beforeAll, expect, it } from "vitest";
import { speak } from "../i18n";
import { digitsOf, formatDate, formatMoment, formatMoney, formatPhone, formatTime, toMajor, toMinor } from "./format";

beforeAll(() => speak("en"));

it("amounts go from minor units to text and back without loss", () => {
  for (const [minor, currency, major] of [
    ["0", "CNY", "0"],
    ["5", "CNY", "0.05"],
    ["123450", "CNY", "1234.50"],
    ["-123456", "USD", "-1234.56"],
    ["1200", "JPY", "1200"],
    ["1234567", "KWD", "1234.567"],
    ["9223372036854775807", "CNY", "92233720368547758.07"],
  ] as const) {
    expect(toMajor(minor, currency)).toBe(major);
    if (major.length < 15) expect(toMinor(major, currency)).toBe(minor);
  }
});

it("what is no amount of the currency is refused", () => {
  for (const text of ["", "x", "1.2.3", "1.234", "--1"]) expect(toMinor(text, "CNY")).toBeUndefined();
  expect(toMinor("1.5", "JPY")).toBeUndefined();
  expect(toMinor("1,200，000.5", "CNY")).toBe("120000050");
  expect(digitsOf("nonsense")).toBe(2);
});

it("amounts are written with their currency", () => {
  expect(formatMoney("123450", "USD")).toBe("$1,234.50");
  expect(formatMoney("12895400000", "CNY")).toBe("CN¥128,954,000");
  expect(formatMoney("9223372036854775807", "USD")).toBe("$92,233,720,368,547,758.07");
});

it("times are dates of the calendar, digits first", () => {
  const time = new Date(2026, 0, 5, 7, 8).toISOString();
  expect(formatDate(time)).toBe("2026-01-05");
  expect(formatTime(time)).toBe("2026-01-05 07:08");
  expect(formatTime(undefined)).toBe("");
});

it("moments of conditions are days where that is all there is to say", () => {
  expect(formatMoment(new Date(2026, 1, 1).toISOString())).toBe("2026-02-01");
  expect(formatMoment(new Date(2026, 1, 1, 8, 30).toISOString())).toBe("2026-02-01 08:30");
  expect(formatMoment("2026-02-01")).toBe("2026-02-01");
  expect(formatMoment("T")).toBe("T");
});

it("mobile numbers are grouped", () => {
  expect(formatPhone("+8613800138000")).toBe("+86 138 0013 8000");
  expect(formatPhone("+861065529988")).toBe("+861065529988");
});
