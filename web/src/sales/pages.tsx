import { Route, Routes } from "react-router";
import { NotFound } from "../app/not-found";
import { RecordList } from "../ui/list/record-list";
import { RecordPage } from "../ui/record/page";
import { BoardPage } from "./board/board";
import { DashboardPage } from "./dashboard/dashboard";
import { LeadList, LeadPage } from "./leads/pages";
import { OpportunityList, OpportunityPage } from "./opportunities/pages";
import { product } from "./product";
import "../settings/settings.css";
import "./sales.css";

/** The pages of the domain: the board, leads, deals and products. */
export default function SalesPages() {
  return (
    <Routes>
      <Route path="dashboard" element={<DashboardPage />} />
      <Route path="board" element={<BoardPage />} />
      <Route path="leads" element={<LeadList key="leads" />} />
      <Route path="leads/:id" element={<LeadPage />} />
      <Route path="opportunities" element={<OpportunityList key="opportunities" />} />
      <Route path="opportunities/:id" element={<OpportunityPage />} />
      <Route path="products" element={<RecordList key="products" resource={product} />} />
      <Route path="products/:id" element={<RecordPage resource={product} />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
