import { useState } from "react";
import { toMajor, toMinor } from "../format";

/** What is typed as minor units; what is no amount yet begins with `~`. */
function read(typed: string, currency: string): string {
  return typed === "" ? "0" : (toMinor(typed, currency) ?? `~${typed}`);
}

function written(value: string, currency: string): string {
  if (!/^-?\d+$/.test(value)) return value.replace("~", "");
  return value === "0" ? "" : toMajor(value, currency);
}

/** Shows an amount as it was typed for as long as that says the same: `12.` is on its way to `12.50`. */
export function useTypedAmount(value: string, currency: string): { shown: string; take: (typed: string) => string } {
  const [typed, setTyped] = useState("");
  const shown = typed !== "" && read(typed, currency) === value ? typed : written(value, currency);
  const take = (next: string) => {
    setTyped(next);
    return read(next, currency);
  };
  return { shown, take };
}
