import { App, Button } from "antd";
import type { Data } from "../../api/records";
import { useCan } from "../../api/me";
import { useT } from "../../i18n";
import { Panel, RecordPage } from "../../ui/record/page";
import { useVerbs } from "../verbs";
import { leadForm } from "./resources";
import { snippetOf } from "./snippet";

/** A form on a web site: its key, and what to paste into the page. */
export function FormPage() {
  const t = useT();
  const can = useCan();
  const { modal, message } = App.useApp();
  const [run, notices] = useVerbs(leadForm, "/v1/lead-forms");
  const renew = (record: Data) =>
    modal.confirm({
      title: t("sales.settings.forms.askRenew", { name: leadForm.title(record) }),
      okText: t("sales.settings.forms.renew"),
      okButtonProps: { danger: true },
      cancelText: t("ui.cancel"),
      onOk: async () => {
        if (await run(record, "renew-key")) void message.success(t("sales.settings.forms.renewed"));
      },
    });
  return (
    <>
      <RecordPage
        resource={leadForm}
        actions={(record) => can.doTo("sales.lead_form.update", record) && <Button onClick={() => renew(record)}>{t("sales.settings.forms.renew")}</Button>}
        related={(record) => <Snippet record={record} />}
      />
      {notices}
    </>
  );
}

function Snippet({ record }: { record: Data }) {
  const t = useT();
  const { message } = App.useApp();
  const text = snippetOf(location.origin, String(record.key ?? ""), (name) => t(`sales.settings.forms.labels.${name}`));
  return (
    <Panel
      title={t("sales.settings.forms.snippet")}
      action={
        <Button
          size="small"
          onClick={() =>
            void navigator.clipboard.writeText(text).then(
              () => message.success("✓"),
              () => undefined,
            )
          }
        >
          {t("sales.settings.forms.copy")}
        </Button>
      }
    >
      <p>
        {t("sales.fields.lead_form.key")}: <code>{String(record.key ?? "")}</code>
      </p>
      {/* It can be scrolled, so it can have the focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="snippet" tabIndex={0} aria-label={t("sales.settings.forms.snippet")} role="region">
        {text}
      </pre>
    </Panel>
  );
}
