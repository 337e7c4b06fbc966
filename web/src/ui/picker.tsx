import { useQuery } from "@tanstack/react-query";
import { Select } from "./controls";
import { useDeferredValue, useState } from "react";
import { useT } from "../i18n";
import { useName } from "./names";
import { resourceNamed } from "./registry";

interface Props {
  /** The kind of record to choose from, for example `customers.account`. */
  resource: string;
  value?: string;
  onChange?: (id: string | undefined) => void;
  id?: string;
  disabled?: boolean;
  clearable?: boolean;
  autoFocus?: boolean;
  placeholder?: string;
  "aria-label"?: string;
  /** Further conditions on what can be chosen. */
  filter?: string[];
}

/** Chooses one record by a part of its name. */
export function RecordPicker({ resource, value, onChange, clearable = true, filter, ...rest }: Props) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const query = useDeferredValue(typed);
  const target = resourceNamed(resource);
  const name = useName(resource, value);
  const { data, isFetching } = useQuery({
    queryKey: ["pick", resource, query, filter],
    queryFn: ({ signal }) => target?.api.list({ query, filter, page_size: 20 }, "", signal),
    enabled: open && Boolean(target),
    staleTime: 10_000,
    placeholderData: (before) => before,
  });
  const found = (data?.records ?? []).map((record) => ({
    value: record.id,
    label: target?.title(record) ?? record.id,
    subtitle: target?.subtitle?.(record),
  }));
  const chosen = value && !found.some((one) => one.value === value) ? [{ value, label: name || "…", subtitle: undefined }] : [];
  return (
    <Select
      {...rest}
      value={value}
      allowClear={clearable}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      open={open}
      onOpenChange={setOpen}
      loading={isFetching}
      options={typed ? found : [...chosen, ...found]}
      notFoundContent={isFetching ? t("ui.loading") : t("ui.nothingFound")}
      placeholder={rest.placeholder ?? t("ui.pick")}
      style={{ width: "100%" }}
      optionRender={({ data: option }) => (
        <span className="picked">
          {option.label} {option.subtitle && <span className="muted">{option.subtitle}</span>}
        </span>
      )}
      onChange={(next) => {
        onChange?.(next);
        setTyped("");
      }}
    />
  );
}
