import { Input } from "antd";
import { Select } from "../controls";
import type { Schemas } from "../../api/client";
import { textOf } from "../../i18n";
import { countryOptions } from "../countries";
import { countryName } from "../format";
import type { EditProps, Kind, ShowProps } from "./kind";

type Address = Schemas["customers.Address"];

/** Whether an address is written from the country down to the door. */
const fromTheTop = (address: Address) => /[\u4e00-\u9fff]/.test(`${address.city}${address.street}`);

function lines(address: Address | undefined): string {
  if (!address) return "";
  const { street, city, state, country, postal_code } = address;
  const region = state === city ? [state] : [state, city];
  if (fromTheTop(address)) return [...region, street].filter(Boolean).join("") + (postal_code ? ` ${postal_code}` : "");
  const place = [[...region].reverse().filter(Boolean).join(", "), postal_code].filter(Boolean).join(" ");
  return [street, place, country && countryName(country)].filter(Boolean).join(", ");
}

function ShowAddress({ value, full }: ShowProps<Address>) {
  if (full) return <span className="whole-text">{lines(value)}</span>;
  return [value?.city, value?.street].filter(Boolean).join(" ");
}

function EditAddress({ value, onChange, id, disabled, onBlur }: EditProps<Address>) {
  const change = (part: keyof Address, text: string) => onChange?.({ ...value, [part]: text });
  const input = (part: keyof Address, first = false) => (
    <Input
      id={first ? id : undefined}
      aria-label={first ? undefined : textOf(`ui.parts.${part}`)}
      placeholder={textOf(`ui.parts.${part}`)}
      value={value?.[part] ?? ""}
      disabled={disabled}
      onChange={(event) => change(part, event.target.value)}
    />
  );
  return (
    <div className="address" onBlur={onBlur}>
      {input("street", true)}
      {input("city")}
      {input("state")}
      {input("postal_code")}
      <Select
        aria-label={textOf("ui.parts.country")}
        placeholder={textOf("ui.parts.country")}
        value={value?.country || undefined}
        allowClear
        disabled={disabled}
        showSearch={{ optionFilterProp: "label" }}
        options={countryOptions()}
        onChange={(next) => change("country", next ?? "")}
      />
    </div>
  );
}

/** A postal address. */
export const address: Kind<Address> = {
  Show: ShowAddress,
  Edit: EditAddress,
  text: (value) => lines(value),
  empty: {},
  operators: [],
  width: 220,
};
