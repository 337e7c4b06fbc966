import type { Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { amountsText } from "../kinds/numbers";

/** Says which amounts are left out because nobody knows what their currency is worth. */
export function Unconverted({ totals }: { totals: (Schemas["sales.Totals"] | undefined)[] }) {
  const t = useT();
  const sums = new Map<string, bigint>();
  for (const { amount_minor = "0", currency = "" } of totals.flatMap((one) => one?.unconverted ?? [])) {
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount_minor));
  }
  if (sums.size === 0) return null;
  const amounts = amountsText([...sums].map(([currency, minor]) => ({ currency, amount_minor: minor.toString() })));
  return <p className="muted">{t("sales.dashboard.unconverted", { amounts })}</p>;
}
