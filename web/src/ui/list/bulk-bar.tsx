import { App, Button, Form, Modal } from "antd";
import { Suspense, useState } from "react";
import { useCan } from "../../api/me";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { Select } from "../controls";
import { fieldLabel, type Field } from "../field";
import { formatNumber } from "../format";
import { cleaned, kindOf, valueOf } from "../kinds";
import { RecordPicker } from "../picker";
import type { Resource } from "../resource";
import type { useBulk } from "./use-bulk";

interface BarProps {
  resource: Resource;
  records: Data[];
  deleted: boolean;
  bulk: ReturnType<typeof useBulk>;
  onExport: () => void;
  onClear: () => void;
}

/** What can be done to the chosen records. */
export default function BulkBar({ resource, records, deleted, bulk, onExport, onClear }: BarProps) {
  const t = useT();
  const can = useCan();
  const { modal } = App.useApp();
  const [asking, setAsking] = useState<"owner" | "field" | null>(null);
  const allowed = (verb: string) => (verb !== "delete" || resource.removed) && can.do(`${resource.name}.${verb}`);
  const owned = resource.fields.some((field) => field.name === "owner_id") && can.write(resource.name, "owner_id");
  const editable = resource.fields.filter((field) => field.bulk && can.see(resource.name, field.name) && can.write(resource.name, field.name));

  const confirmRemoval = () =>
    modal.confirm({
      title: t("ui.bulk.askDelete", { count: records.length }),
      content: resource.restored ? t("ui.bulk.restorable") : undefined,
      okText: t("ui.delete"),
      okButtonProps: { danger: true },
      cancelText: t("ui.cancel"),
      onOk: () => {
        onClear();
        void bulk.remove(records);
      },
    });

  return (
    <div className="bulk-bar" role="toolbar" aria-label={t("ui.bulk.title")}>
      <b aria-live="polite">{t("ui.bulk.selected", { count: formatNumber(records.length) })}</b>
      {!deleted && allowed("update") && owned && <Button onClick={() => setAsking("owner")}>{t("ui.bulk.assign")}</Button>}
      {!deleted && allowed("update") && editable.length > 0 && <Button onClick={() => setAsking("field")}>{t("ui.bulk.edit")}</Button>}
      <Button onClick={onExport}>{t("ui.export.title")}</Button>
      {!deleted && allowed("delete") && (
        <Button danger onClick={confirmRemoval}>
          {t("ui.delete")}
        </Button>
      )}
      {deleted && allowed("delete") && (
        <Button
          onClick={() => {
            onClear();
            void bulk.restore(records);
          }}
        >
          {t("ui.restore")}
        </Button>
      )}
      <Button type="text" onClick={onClear}>
        {t("ui.bulk.clear")}
      </Button>
      {asking && (
        <BulkDialog
          resource={resource}
          fields={asking === "owner" ? resource.fields.filter((field) => field.name === "owner_id") : editable}
          title={t(asking === "owner" ? "ui.bulk.assign" : "ui.bulk.edit")}
          onClose={() => setAsking(null)}
          onApply={(field, value) => {
            setAsking(null);
            onClear();
            void bulk.change(records, () => ({ [field.name]: value }));
          }}
        />
      )}
    </div>
  );
}

interface DialogProps {
  resource: Resource;
  fields: Field[];
  title: string;
  onApply: (field: Field, value: unknown) => void;
  onClose: () => void;
}

function BulkDialog({ resource, fields, title, onApply, onClose }: DialogProps) {
  const t = useT();
  const [field, setField] = useState(fields[0]);
  const [value, setValue] = useState<unknown>(undefined);
  if (!field) return null;
  const { Edit } = kindOf(field);
  return (
    <Modal
      open
      title={title}
      okText={t("ui.bulk.apply")}
      cancelText={t("ui.cancel")}
      okButtonProps={{ disabled: field.name === "owner_id" && !value }}
      onCancel={onClose}
      onOk={() => onApply(field, cleaned(field, value))}
    >
      <Suspense>
        <Form layout="vertical">
          {fields.length > 1 && (
            <Form.Item label={t("ui.bulk.field")} htmlFor="bulk-field">
              <Select
                id="bulk-field"
                value={field.name}
                options={fields.map(({ name }) => ({ value: name, label: fieldLabel(resource.name, name) }))}
                onChange={(name) => {
                  setField(fields.find((one) => one.name === name));
                  setValue(undefined);
                }}
              />
            </Form.Item>
          )}
          <Form.Item label={fieldLabel(resource.name, field.name)} htmlFor="bulk-value">
            {field.name === "owner_id" ? (
              <RecordPicker id="bulk-value" resource="identity.user" value={value as string | undefined} onChange={setValue} autoFocus />
            ) : (
              <Edit id="bulk-value" value={value ?? valueOf({ id: "" }, field)} onChange={setValue} field={field} resource={resource.name} siblings={{}} />
            )}
          </Form.Item>
        </Form>
      </Suspense>
    </Modal>
  );
}
