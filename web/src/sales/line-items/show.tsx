import { useT } from "../../i18n";
import { formatMoney, formatNumber } from "../../ui/format";
import type { ShowProps } from "../../ui/kinds/kind";
import { useName } from "../../ui/names";
import { formatPercent } from "../format";
import { quantityText, type LineItem } from "./calculation";
import "./line-items.css";

const sum = (values: (string | undefined)[]) => values.reduce((total, value) => total + BigInt(value ?? 0), 0n).toString();

/** What is to be sold; in a list how many lines it has. */
export function ShowLineItems({ value, record, full }: ShowProps<LineItem[]>) {
  const t = useT();
  const items = value ?? [];
  const currency = String(record.currency || "CNY");
  if (!full) return <span className="tabular">{formatNumber(items.length)}</span>;
  return (
    <div className="scrolling">
      <table className="plain-table items-table">
        <thead>
          <tr>
            <th scope="col">{t("sales.items.product")}</th>
            <th scope="col" className="end">{t("sales.items.quantity")}</th>
            <th scope="col" className="end">{t("sales.items.price")}</th>
            <th scope="col" className="end">{t("sales.items.discount")}</th>
            <th scope="col" className="end">{t("sales.items.net")}</th>
            <th scope="col" className="end">{t("sales.items.tax")}</th>
            <th scope="col" className="end">{t("sales.items.gross")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item, index) => (
            <tr key={index}>
              <td>{item.description || <ProductName id={item.product_id} />}</td>
              <td className="end tabular">{quantityText(item.quantity_milli)}</td>
              <td className="end tabular">{formatMoney(item.unit_price_minor ?? "0", currency)}</td>
              <td className="end tabular">{item.discount_basis_points ? formatPercent(item.discount_basis_points / 100) : ""}</td>
              <td className="end tabular">{formatMoney(item.net_minor ?? "0", currency)}</td>
              <td className="end tabular">{formatMoney(item.tax_minor ?? "0", currency)}</td>
              <td className="end tabular">{formatMoney(item.gross_minor ?? "0", currency)}</td>
            </tr>
          ))}
        </tbody>
        {items.length > 1 && (
          <tfoot>
            <tr>
              <th scope="row" colSpan={4}>
                {t("sales.items.sum")}
              </th>
              <td className="end tabular">{formatMoney(sum(items.map((item) => item.net_minor)), currency)}</td>
              <td className="end tabular">{formatMoney(sum(items.map((item) => item.tax_minor)), currency)}</td>
              <td className="end tabular">{formatMoney(sum(items.map((item) => item.gross_minor)), currency)}</td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

function ProductName({ id }: { id: string | undefined }) {
  return useName("sales.product", id);
}
