import { Route, Routes } from "react-router";
import { NotFound } from "../../app/not-found";
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
      <Route path="forms" element={<RecordList key="forms" resource={leadForm} />} />
      <Route path="forms/:id" element={<FormPage />} />
      <Route path="rates" element={<RecordList key="rates" resource={exchangeRate} />} />
      <Route path="targets" element={<RecordList key="targets" resource={target} />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
