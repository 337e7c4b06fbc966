import { Button, Input, Space } from "antd";
import { Select } from "../../ui/controls";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useOrganization } from "../../api/me";
import { useT } from "../../i18n";
import { currencyName, digitsOf, formatMoney, toMajor, toMinor } from "../../ui/format";
import { DeleteOutlined, PlusOutlined } from "../../ui/icons";
import { ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";

type Money = Schemas["sales.Money"];

const MOST = 30;

function ShowPrices({ value, full }: ShowProps<Money[]>) {
  const prices = value ?? [];
  const shown = full ? prices : prices.slice(0, 1);
  return (
    <span className={full ? "wrapping-list tabular" : "tabular"}>
      {shown.map(({ amount_minor = "0", currency = "" }) => (
        <span key={currency}>{formatMoney(amount_minor, currency)}</span>
      ))}
      {!full && prices.length > 1 && <span className="muted"> +{prices.length - 1}</span>}
    </span>
  );
}

function EditPrices({ value, onChange, id, disabled }: EditProps<Money[]>) {
  const t = useT();
  const { data: organization } = useOrganization();
  const prices = value ?? [];
  const change = (index: number, patch: Money) => onChange?.(prices.map((one, at) => (at === index ? { ...one, ...patch } : one)));
  const taken = new Set(prices.map((price) => price.currency));
  const next = [organization?.currency ?? "CNY", "USD", "EUR"].find((code) => !taken.has(code)) ?? "";
  return (
    <div className="points" id={id} role="group">
      {prices.map((price, index) => (
        <Space.Compact key={index} block>
          <PriceInput price={price} disabled={disabled} onChange={(amount_minor) => change(index, { amount_minor })} />
          <Select
            aria-label={t("sales.prices.currency")}
            className="point-type"
            value={price.currency || undefined}
            disabled={disabled}
            showSearch={{ optionFilterProp: "label" }}
            popupMatchSelectWidth={false}
            options={Intl.supportedValuesOf("currency")
              .filter((code) => code === price.currency || !taken.has(code))
              .map((code) => ({ value: code, label: `${code} · ${currencyName(code)}` }))}
            labelRender={({ value: code }) => String(code)}
            onChange={(currency) => change(index, { currency, amount_minor: rescaled(price, currency) })}
          />
          <Button aria-label={t("ui.remove")} icon={<DeleteOutlined />} disabled={disabled} onClick={() => onChange?.(prices.filter((_, at) => at !== index))} />
        </Space.Compact>
      ))}
      {prices.length < MOST && !disabled && (
        <Button type="link" size="small" icon={<PlusOutlined />} onClick={() => onChange?.([...prices, { amount_minor: "0", currency: next }])}>
          {t("sales.prices.add")}
        </Button>
      )}
    </div>
  );
}

/** The same number of another currency, whose minor unit may be another. */
function rescaled({ amount_minor = "0", currency = "" }: Money, next: string): string {
  if (!currency || digitsOf(currency) === digitsOf(next)) return amount_minor;
  return toMinor(toMajor(amount_minor, currency), next) ?? "0";
}

function PriceInput({ price, disabled, onChange }: { price: Money; disabled?: boolean; onChange: (minor: string) => void }) {
  const t = useT();
  const [typed, setTyped] = useState<string | null>(null);
  const currency = price.currency || "CNY";
  const wrong = typed !== null && toMinor(typed, currency) === undefined;
  return (
    <Input
      aria-label={t("sales.prices.amount")}
      inputMode="decimal"
      status={wrong ? "error" : undefined}
      aria-invalid={wrong}
      value={typed ?? toMajor(price.amount_minor ?? "0", currency)}
      disabled={disabled}
      onBlur={() => setTyped(null)}
      onChange={(event) => {
        setTyped(event.target.value);
        const minor = toMinor(event.target.value, currency);
        if (minor !== undefined) onChange(minor);
      }}
    />
  );
}

/** What something costs in each currency. */
export const prices = ownKind<Money[]>({
  Show: ShowPrices,
  Edit: EditPrices,
  text: (value) => (value ?? []).map(({ amount_minor = "0", currency = "" }) => `${toMajor(amount_minor, currency)} ${currency}`).join("; "),
  empty: [],
  operators: [],
  width: 150,
  align: "end",
  wide: true,
  clean: (value) => value.filter((price) => price.currency),
});
