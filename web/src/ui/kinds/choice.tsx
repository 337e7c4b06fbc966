import { Select, Switch } from "../controls";
import { Mark } from "../mark";
import { useT } from "../../i18n";
import { valueLabel } from "../field";
import { control, type EditProps, type Kind, type ShowProps } from "./kind";

function ShowChoice({ value, resource, field }: ShowProps<string>) {
  const label = valueLabel(resource, value);
  const tone = field.tones?.[value];
  return tone && label ? <Mark tone={tone}>{label}</Mark> : label;
}

function EditChoice(props: EditProps<string>) {
  const { value, onChange, field, resource } = props;
  const none = field.values?.find((one) => one.endsWith("_UNSPECIFIED")) ?? "";
  return (
    <Select
      {...control(props)}
      value={value && value !== none ? value : undefined}
      allowClear={!field.required}
      showSearch={(field.values?.length ?? 0) > 8 ? { optionFilterProp: "label" } : false}
      options={field.values?.filter((one) => one !== none).map((one) => ({ value: one, label: valueLabel(resource, one) }))}
      onChange={(next) => onChange?.(next ?? none)}
    />
  );
}

/** One of a few values. */
export const choice: Kind<string> = {
  Show: ShowChoice,
  Edit: EditChoice,
  text: (value, _field, resource) => valueLabel(resource, value),
  empty: "",
  operators: ["=", "!="],
  width: 130,
};

function ShowBoolean({ value }: ShowProps<boolean>) {
  const t = useT();
  return value ? t("ui.yes") : "";
}

function EditBoolean(props: EditProps<boolean>) {
  const { value, onChange } = props;
  return <Switch {...control(props)} checked={value ?? false} onChange={(next) => onChange?.(next)} />;
}

/** Yes or no. */
export const boolean: Kind<boolean> = {
  Show: ShowBoolean,
  Edit: EditBoolean,
  text: (value) => (value ? "true" : ""),
  empty: false,
  operators: ["="],
  width: 90,
};

function EditTags(props: EditProps<string[]>) {
  const { value, onChange } = props;
  return (
    <Select
      {...control(props)}
      mode="tags"
      value={value ?? []}
      open={false}
      suffixIcon={null}
      tokenSeparators={[",", "，", ";", "；"]}
      maxCount={50}
      onChange={(next) => onChange?.(next)}
    />
  );
}

/** Words by which records are sorted into heaps. */
export const tags: Kind<string[]> = {
  Show: ({ value, full }) => (
    <span className={full ? "wrapping" : undefined}>{value?.map((tag) => <Mark key={tag}>{tag}</Mark>)}</span>
  ),
  Edit: EditTags,
  text: (value) => (value ?? []).join("; "),
  empty: [],
  operators: ["=", "!="],
  width: 180,
};
