import { Alert, Button, Modal, Radio } from "antd";
import { useState } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { fieldLabel } from "../field";
import { isEmpty, kindOf } from "../kinds";
import { fieldOf, type Resource } from "../resource";
import { merge, type Merge } from "./merge";

export interface Conflict {
  /** The record as it was seen. */
  base: Data;
  /** The record as it is. */
  current: Data;
  /** What the API says was changed meanwhile. */
  changed?: readonly string[];
  /** What is to be changed. */
  values: Record<string, unknown>;
}

interface Props {
  resource: Resource;
  conflict: Conflict;
  /** Saves over the current record. */
  onResolve: (current: Data, values: Record<string, unknown>) => void;
  onCancel: () => void;
}

/** Shows what somebody else has changed meanwhile and lets choose, field by field, what shall stand. */
export function ConflictDialog({ resource, conflict, onResolve, onCancel }: Props) {
  const t = useT();
  const { base, current, values, changed } = conflict;
  // What the service sets by itself is nobody's choice.
  const names = resource.fields.filter((field) => !field.readOnly).map((field) => field.name);
  const found: Merge = merge(base, current, values, names, changed);
  const [choices, setChoices] = useState<Record<string, "mine" | "theirs">>({});
  const open = found.disputed.filter((name) => !choices[name]);

  function save() {
    const kept = Object.entries(values).filter(([name]) => choices[name] !== "theirs");
    onResolve(current, Object.fromEntries(kept));
  }

  return (
    <Modal
      open
      width={720}
      title={t("ui.conflict.title")}
      onCancel={onCancel}
      footer={[
        <Button key="cancel" onClick={onCancel}>
          {t("ui.conflict.back")}
        </Button>,
        <Button key="save" type="primary" disabled={open.length > 0} onClick={save}>
          {t("ui.conflict.save")}
        </Button>,
      ]}
    >
      <Alert type="warning" showIcon title={t(found.disputed.length > 0 ? "ui.conflict.choose" : "ui.conflict.apart")} />
      {found.disputed.map((name) => (
        <fieldset key={name} className="conflict">
          <legend>{fieldLabel(resource.name, name)}</legend>
          <p className="muted">
            {t("ui.conflict.before")} <Value resource={resource} name={name} record={base} />
          </p>
          <Radio.Group
            value={choices[name]}
            onChange={(event) => setChoices({ ...choices, [name]: event.target.value as "mine" | "theirs" })}
          >
            <Radio value="theirs">
              {t("ui.conflict.theirs")} <Value resource={resource} name={name} record={current} />
            </Radio>
            <Radio value="mine">
              {t("ui.conflict.mine")} <Value resource={resource} name={name} record={{ ...current, ...values }} />
            </Radio>
          </Radio.Group>
        </fieldset>
      ))}
      {found.theirs.length > 0 && (
        <section className="conflict">
          <h3>{t("ui.conflict.alsoTheirs")}</h3>
          <ul>
            {found.theirs.map((name) => (
              <li key={name}>
                {fieldLabel(resource.name, name)}: <Value resource={resource} name={name} record={base} /> → <Value resource={resource} name={name} record={current} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {found.mine.length > 0 && (
        <section className="conflict">
          <h3>{t("ui.conflict.alsoMine")}</h3>
          <ul>
            {found.mine.map((name) => (
              <li key={name}>
                {fieldLabel(resource.name, name)}: <Value resource={resource} name={name} record={{ ...current, ...values }} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </Modal>
  );
}

function Value({ resource, name, record }: { resource: Resource; name: string; record: Data }) {
  const t = useT();
  const field = fieldOf(resource, name);
  const value = record[name];
  if (!field || isEmpty(value)) return <i className="muted">{t("ui.nothing")}</i>;
  const { Show } = kindOf(field);
  return (
    <b>
      <Show value={value} field={field} resource={resource.name} record={record} full />
    </b>
  );
}
