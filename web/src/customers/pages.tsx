import { UserAddOutlined } from "../ui/icons";
import { Button } from "antd";
import { Route, Routes } from "react-router";
import { useCan } from "../api/me";
import type { Data } from "../api/records";
import { NotFound } from "../app/not-found";
import { useT } from "../i18n";
import { kindLabel } from "../ui/field";
import { kindOf, valueOf } from "../ui/kinds";
import { RecordList } from "../ui/list/record-list";
import { useEditor } from "../ui/record/editor";
import { RecordPage } from "../ui/record/page";
import { RelatedRecords } from "../ui/record/related";
import { resourceNamed } from "../ui/registry";
import { fieldOf } from "../ui/resource";
import { account } from "./account";
import { contact } from "./contact";

/** The pages of the domain: lists and records of accounts and contacts. */
export default function CustomersPages() {
  return (
    <Routes>
      <Route path="accounts" element={<RecordList key="accounts" resource={account} />} />
      <Route path="accounts/:id" element={<RecordPage resource={account} badges={accountBadges} related={(record) => <AccountRelated record={record} />} actions={(record) => <AddContact record={record} />} />} />
      <Route path="contacts" element={<RecordList key="contacts" resource={contact} />} />
      <Route path="contacts/:id" element={<RecordPage resource={contact} />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}

function accountBadges(record: Data) {
  // Good credit is nothing to look out for.
  const names = record.credit_status === "CREDIT_STATUS_GOOD" ? ["grade"] : ["grade", "credit_status"];
  return names.map((name) => {
    const field = fieldOf(account, name);
    if (!field) return null;
    const { Show } = kindOf(field);
    return <Show key={name} value={valueOf(record, field)} field={field} resource={account.name} record={record} />;
  });
}

const membership = (record: Data) => ({ accounts: [{ account_id: record.id, account_name: record.name }] });

function AddContact({ record }: { record: Data }) {
  const can = useCan();
  const editor = useEditor();
  if (!can.do("customers.contact.create")) return null;
  return (
    <Button className="wide-only" icon={<UserAddOutlined />} onClick={() => editor.create(contact, membership(record))}>
      {kindLabel(contact.name)}
    </Button>
  );
}

function AccountRelated({ record }: { record: Data }) {
  const t = useT();
  const deals = resourceNamed("sales.opportunity");
  return (
    <>
      {deals && <RelatedRecords resource={deals} title={kindLabel(deals.name, "many")} filter={[`account_id=${record.id}`]} initial={{ account_id: record.id }} />}
      <RelatedRecords resource={contact} title={t("customers.pages.contacts")} filter={[`accounts.account_id=${record.id}`]} initial={membership(record)} />
      <RelatedRecords resource={account} title={t("customers.pages.children")} filter={[`parent_account_id=${record.id}`]} initial={{ parent_account_id: record.id }} />
    </>
  );
}
