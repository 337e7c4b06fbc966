import type { ReactNode } from "react";
import { Route, Routes } from "react-router";
import { NotFound } from "../../app/not-found";
import { useOrganization } from "../../api/me";
import { useT } from "../../i18n";
import { RecordList } from "../../ui/list/record-list";
import { FormPage } from "./form-page";
import { PipelinesPage } from "./pipelines";
import { exchangeRate, leadForm, representative, target } from "./resources";
import { RulesPage } from "./rules";
import "../../settings/settings.css";
import "../sales.css";
import "./settings.css";

/** The pages by which the sales service is set up. */
export default function SalesSettingsPages() {
  return (
    <Routes>
      <Route path="pipelines" element={<PipelinesPage />} />
      <Route path="rules" element={<RulesPage />} />
      <Route path="representatives" element={<RecordList key="representatives" resource={representative} />} />
      <Route path="forms" element={<FormsList />} />
      <Route path="forms/:id" element={<FormPage />} />
      <Route path="rates" element={<RatesList />} />
      <Route path="targets" element={<TargetsList />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}

function Explained({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="explained">
      <p className="muted">{text}</p>
      {children}
    </div>
  );
}

function FormsList() {
  const t = useT();
  return (
    <Explained text={t("sales.settings.forms.lead")}>
      <RecordList key="forms" resource={leadForm} />
    </Explained>
  );
}

function RatesList() {
  const t = useT();
  const { data: organization } = useOrganization();
  return (
    <Explained text={t("sales.settings.rates.lead", { currency: organization?.currency ?? "" })}>
      <RecordList key="rates" resource={exchangeRate} />
    </Explained>
  );
}

function TargetsList() {
  const t = useT();
  return (
    <Explained text={t("sales.settings.targets.lead")}>
      <RecordList key="targets" resource={target} />
    </Explained>
  );
}
