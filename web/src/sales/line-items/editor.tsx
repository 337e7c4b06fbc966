import { Button, Input } from "antd";
import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { useT } from "../../i18n";
import { InputNumber } from "../../ui/controls";
import { formatMoney, toMajor, toMinor } from "../../ui/format";
import { DeleteOutlined, PlusOutlined } from "../../ui/icons";
import type { EditProps } from "../../ui/kinds/kind";
import { loadRecord, nameKey } from "../../ui/names";
import { RecordPicker } from "../../ui/picker";
import { amountsOf, quantityOf, quantityText, sumOf, type LineItem } from "./calculation";
import "./line-items.css";

const MOST = 100;
const SELLABLE = ["disabled=false"];

/** What is to be sold, line by line, with what it comes to. */
export function EditLineItems({ value, onChange, id, disabled, siblings }: EditProps<LineItem[]>) {
  const t = useT();
  const queries = useQueryClient();
  const items = value ?? [];
  const currency = String(siblings.currency || "CNY");
  const sum = sumOf(items);
  const change = (index: number, patch: LineItem | Partial<LineItem>) =>
    onChange?.(items.map((item, at) => (at === index ? { ...item, ...patch } : item)));

  async function choose(index: number, product_id: string | undefined) {
    change(index, { product_id: product_id ?? "" });
    if (!product_id) return;
    const product = (await queries.fetchQuery({
      queryKey: nameKey("sales.product", product_id),
      queryFn: () => loadRecord("sales.product", product_id),
      staleTime: 60_000,
    })) as Schemas["sales.Product"] | null;
    if (!product) return;
    const price = product.prices?.find((one) => one.currency === currency);
    change(index, {
      product_id,
      description: product.name,
      unit_price_minor: price?.amount_minor ?? items[index]?.unit_price_minor ?? "0",
      tax_basis_points: product.tax_basis_points ?? 0,
    });
  }

  return (
    <div className="line-items" id={id} role="group" aria-label={t("sales.fields.opportunity.line_items")}>
      {items.length > 0 && (
        <div className="line-head" aria-hidden>
          <span>{t("sales.items.product")}</span>
          <span>{t("sales.items.description")}</span>
          <span>{t("sales.items.quantity")}</span>
          <span>{t("sales.items.price")}</span>
          <span>{t("sales.items.discount")}</span>
          <span>{t("sales.items.tax")}</span>
          <span className="end">{t("sales.items.net")}</span>
        </div>
      )}
      {items.map((item, index) => (
        <div key={index} className="line-item" role="group" aria-label={t("sales.items.line", { number: index + 1 })}>
          <RecordPicker
            aria-label={t("sales.items.product")}
            placeholder={t("sales.items.product")}
            resource="sales.product"
            filter={SELLABLE}
            value={item.product_id || undefined}
            disabled={disabled}
            onChange={(product) => void choose(index, product)}
          />
          <Input
            aria-label={t("sales.items.description")}
            placeholder={t("sales.items.description")}
            value={item.description ?? ""}
            maxLength={500}
            disabled={disabled}
            onChange={(event) => change(index, { description: event.target.value })}
          />
          <Typed label={t("sales.items.quantity")} value={item.quantity_milli} show={quantityText} read={quantityOf} disabled={disabled} onChange={(quantity_milli) => change(index, { quantity_milli })} />
          <Typed
            label={t("sales.items.price")}
            value={item.unit_price_minor}
            show={(minor) => (minor ? toMajor(minor, currency) : "")}
            read={(text) => toMinor(text, currency)}
            disabled={disabled}
            onChange={(unit_price_minor) => change(index, { unit_price_minor })}
          />
          <Share label={t("sales.items.discount")} value={item.discount_basis_points} disabled={disabled} onChange={(discount_basis_points) => change(index, { discount_basis_points })} />
          <Share label={t("sales.items.tax")} value={item.tax_basis_points} disabled={disabled} onChange={(tax_basis_points) => change(index, { tax_basis_points })} />
          <output className="tabular end" aria-label={t("sales.items.net")}>
            {formatMoney(amountsOf(item).net.toString(), currency)}
          </output>
          <Button
            type="text"
            aria-label={t("sales.items.remove", { number: index + 1 })}
            icon={<DeleteOutlined />}
            disabled={disabled}
            onClick={() => onChange?.(items.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div className="row-between">
        <Button type="link" size="small" icon={<PlusOutlined />} disabled={disabled || items.length >= MOST} onClick={() => onChange?.([...items, { quantity_milli: "1000", discount_basis_points: 0, tax_basis_points: 0 }])}>
          {t("sales.items.add")}
        </Button>
        {items.length > 0 && (
          <span className="tabular" aria-live="polite">
            {t("sales.items.total", {
              net: formatMoney(sum.net.toString(), currency),
              tax: formatMoney(sum.tax.toString(), currency),
              gross: formatMoney((sum.net + sum.tax).toString(), currency),
            })}
          </span>
        )}
      </div>
    </div>
  );
}

interface TypedProps {
  label: string;
  value: string | undefined;
  show: (value: string | undefined) => string;
  /** What the text stands for; `undefined` while it stands for nothing. */
  read: (text: string) => string | undefined;
  disabled?: boolean;
  onChange: (value: string) => void;
}

/** A number that is kept otherwise than it is typed; half of one stays as it is until it is whole. */
function Typed({ label, value, show, read, disabled, onChange }: TypedProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && read(typed) === undefined;
  return (
    <Input
      aria-label={label}
      placeholder={label}
      aria-invalid={wrong}
      status={wrong ? "error" : undefined}
      inputMode="decimal"
      value={typed ?? show(value)}
      disabled={disabled}
      onBlur={() => setTyped(null)}
      onChange={(event) => {
        setTyped(event.target.value);
        const next = read(event.target.value);
        if (next !== undefined) onChange(next);
      }}
    />
  );
}

function Share({ label, value, disabled, onChange }: { label: string; value: number | undefined; disabled?: boolean; onChange: (value: number) => void }) {
  return (
    <InputNumber
      aria-label={label}
      value={(value ?? 0) / 100}
      min={0}
      max={100}
      precision={2}
      controls={false}
      suffix="%"
      disabled={disabled}
      formatter={(shown) => String(Number(shown))}
      onChange={(next) => onChange(Math.round(Number(next ?? 0) * 100))}
    />
  );
}
