import { ownKind } from "../../ui/kinds/kind";
import type { LineItem } from "../line-items/calculation";
import { EditLineItems } from "../line-items/editor";
import { ShowLineItems } from "../line-items/show";

/** What is to be sold, line by line. */
export const lineItems = ownKind<LineItem[]>({
  Show: ShowLineItems,
  Edit: EditLineItems,
  text: (value) => (value ?? []).map((item) => item.description).join("; "),
  empty: [],
  operators: [],
  width: 90,
  align: "end",
  wide: true,
  clean: (value) =>
    value.map(({ product_id = "", description = "", quantity_milli, unit_price_minor = "0", discount_basis_points = 0, tax_basis_points = 0 }) => ({
      product_id,
      description,
      quantity_milli,
      unit_price_minor,
      discount_basis_points,
      tax_basis_points,
    })),
});
