import { Input } from "antd";
import { InputNumber } from "../../ui/controls";
import { formatPercent } from "../format";
import { formatMoney, toMajor } from "../../ui/format";
import { control, ownKind, type EditProps, type ShowProps } from "../../ui/kinds/kind";
import { money } from "../../ui/kinds/text";
import { sumOf, type LineItem } from "../line-items/calculation";

function EditPercent(props: EditProps<number | null>) {
  const { value, onChange } = props;
  return (
    <InputNumber {...control(props)} value={value ?? undefined} min={0} max={100} precision={0} suffix="%" style={{ width: "100%" }} onChange={(next) => onChange?.(next ?? null)} />
  );
}

/** A share in whole percent; none is another thing than zero. */
export const percent = ownKind<number | null>({
  Show: ({ value }: ShowProps<number | null>) => <span className="tabular">{value === null || value === undefined ? "" : formatPercent(value)}</span>,
  Edit: EditPercent,
  text: (value) => (value === null || value === undefined ? "" : String(value)),
  empty: null,
  operators: [">=", "<="],
  width: 90,
  align: "end",
});

function EditBasisPoints(props: EditProps<number>) {
  const { value, onChange } = props;
  return (
    <InputNumber
      {...control(props)}
      value={(value ?? 0) / 100}
      min={0}
      max={100}
      step={1}
      precision={2}
      suffix="%"
      style={{ width: "100%" }}
      onChange={(next) => onChange?.(Math.round(Number(next ?? 0) * 100))}
    />
  );
}

/** A share in hundredths of a percent, shown in percent. */
export const basisPoints = ownKind<number>({
  Show: ({ value }: ShowProps<number>) => <span className="tabular">{formatPercent((value ?? 0) / 100)}</span>,
  Edit: EditBasisPoints,
  text: (value) => String((value ?? 0) / 100),
  empty: 0,
  operators: [],
  width: 90,
  align: "end",
});

function EditDealAmount(props: EditProps<string>) {
  const { siblings } = props;
  const items = (siblings.line_items ?? []) as LineItem[];
  const currency = String(siblings.currency || "CNY");
  if (items.length === 0) return <money.Edit {...props} />;
  return <Input {...control(props)} readOnly variant="filled" value={toMajor(sumOf(items).net.toString(), currency)} suffix={currency} />;
}

/** What a deal amounts to: what is typed, or the sum of its items. */
export const dealAmount = ownKind<string>({ ...money, Edit: EditDealAmount });

/** Amounts in several currencies as one line. */
export function amountsText(amounts: { amount_minor?: string; currency?: string }[] | undefined): string {
  return (amounts ?? []).map(({ amount_minor = "0", currency = "" }) => formatMoney(amount_minor, currency)).join(" + ");
}
