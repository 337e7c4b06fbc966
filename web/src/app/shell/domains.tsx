import {
  ApartmentOutlined,
  AuditOutlined,
  BankOutlined,
  DashboardOutlined,
  FormOutlined,
  FundOutlined,
  IdcardOutlined,
  KeyOutlined,
  NodeIndexOutlined,
  ProjectOutlined,
  SafetyOutlined,
  SettingOutlined,
  SwapOutlined,
  TagOutlined,
  TeamOutlined,
  TrophyOutlined,
  UserAddOutlined,
  UserOutlined,
} from "../../ui/icons";
import { type ComponentType, type ReactNode } from "react";
import type { Key } from "../../i18n";
import { pages } from "../ahead";
import { lazily } from "../../ui/lazily";

/** One page of a domain, as the navigation shows it. */
export interface Entry {
  path: string;
  label: Key;
  icon: ReactNode;
  /** What one has to be allowed for it to be shown. */
  permission?: string;
  /** The page of the user guide that explains it. */
  help: string;
}

/** A part of the suite: it has pages, which are loaded when the first of them is opened. */
export interface Domain {
  name: string;
  label: Key;
  Pages: ComponentType;
  entries: Entry[];
}

/** Every domain, in the order of the navigation. */
export const domains: Domain[] = [
  {
    name: "sales",
    label: "sales.name",
    Pages: lazily(pages.sales),
    entries: [
      { path: "/sales/dashboard", label: "sales.dashboard.title", icon: <DashboardOutlined />, permission: "sales.opportunity.read", help: "dashboard" },
      { path: "/sales/board", label: "sales.board.title", icon: <ProjectOutlined />, permission: "sales.opportunity.read", help: "board" },
      { path: "/sales/leads", label: "sales.kinds.lead.many", icon: <UserAddOutlined />, permission: "sales.lead.read", help: "leads" },
      { path: "/sales/opportunities", label: "sales.kinds.opportunity.many", icon: <FundOutlined />, permission: "sales.opportunity.read", help: "opportunities" },
      { path: "/sales/products", label: "sales.kinds.product.many", icon: <TagOutlined />, permission: "sales.product.read", help: "products" },
    ],
  },
  {
    name: "customers",
    label: "customers.name",
    Pages: lazily(pages.customers),
    entries: [
      { path: "/customers/accounts", label: "customers.kinds.account.many", icon: <BankOutlined />, permission: "customers.account.read", help: "customers" },
      { path: "/customers/contacts", label: "customers.kinds.contact.many", icon: <TeamOutlined />, permission: "customers.contact.read", help: "customers" },
    ],
  },
  {
    name: "sales/settings",
    label: "sales.settingsName",
    Pages: lazily(pages["sales/settings"]),
    entries: [
      { path: "/sales/settings/pipelines", label: "sales.kinds.pipeline.many", icon: <ApartmentOutlined />, permission: "sales.pipeline.update", help: "pipelines" },
      { path: "/sales/settings/rules", label: "sales.kinds.assignment_rule.many", icon: <NodeIndexOutlined />, permission: "sales.assignment_rule.update", help: "assignment" },
      { path: "/sales/settings/representatives", label: "sales.kinds.representative.many", icon: <IdcardOutlined />, permission: "sales.representative.update", help: "assignment" },
      { path: "/sales/settings/forms", label: "sales.kinds.lead_form.many", icon: <FormOutlined />, permission: "sales.lead_form.update", help: "lead-forms" },
      { path: "/sales/settings/rates", label: "sales.kinds.exchange_rate.many", icon: <SwapOutlined />, permission: "sales.exchange_rate.update", help: "rates" },
      { path: "/sales/settings/targets", label: "sales.kinds.target.many", icon: <TrophyOutlined />, permission: "sales.target.update", help: "targets" },
    ],
  },
  {
    name: "settings",
    label: "identity.name",
    Pages: lazily(pages.settings),
    entries: [
      { path: "/settings/users", label: "identity.kinds.user.many", icon: <UserOutlined />, permission: "identity.user.update", help: "users" },
      { path: "/settings/departments", label: "identity.kinds.department.many", icon: <ApartmentOutlined />, permission: "identity.department.update", help: "departments" },
      { path: "/settings/roles", label: "identity.kinds.role.many", icon: <SafetyOutlined />, permission: "identity.role.read", help: "roles" },
      { path: "/settings/api-keys", label: "identity.kinds.api_key.many", icon: <KeyOutlined />, permission: "identity.api_key.read", help: "api-keys" },
      { path: "/settings/audit", label: "identity.audit.title", icon: <AuditOutlined />, permission: "feed.change.read", help: "audit" },
      { path: "/settings/organization", label: "identity.kinds.organization.one", icon: <SettingOutlined />, permission: "identity.organization.update", help: "organization" },
    ],
  },
];
